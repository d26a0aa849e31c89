/**
 * The list pane's state: which list it shows, which row is current, and what is picked. A list is swapped for another only when
 * the other has its answer, so that a search never empties the pane; a view that is slow shows its skeleton instead.
 */
import type { Scope, TicketId } from '../../api/generated';
import { onStale } from '../../api/query.svelte';
import { isStale } from '../../api/stale';
import { desk, type ListPane } from '../../shared/desk.svelte';
import { Lists } from './lists.svelte';
import type { TicketList } from './ticketList.svelte';

export class Pane implements ListPane {
	/** What is shown; of the scope before while a search is being read. */
	list = $state.raw<TicketList>() as TicketList;
	/** What was asked for. */
	wanted = $state.raw<TicketList>() as TicketList;
	/** Set by the rows: what is drawn now, and how to bring a row into view. */
	visible: () => TicketId[] = () => [];
	reveal: (at: number) => void = () => undefined;
	takeFocus: () => void = () => undefined;
	pointerOver = false;

	readonly #lists = new Lists();

	constructor() {
		this.list = this.#lists.of(desk.scope);
		this.wanted = this.list;
	}

	/** The place of the open ticket among the rows, or -1. */
	get current(): number {
		return this.list.rows.findIndex(({ row }) => row.id === desk.ticket);
	}

	/** No rows are drawn any more. */
	rowsGone(): void {
		this.visible = () => [];
		this.reveal = () => undefined;
		this.takeFocus = () => undefined;
		this.pointerOver = false;
	}

	/** Hears of changes while the pane is there. */
	listen(): () => void {
		desk.list = this;
		const stop = onStale((tags) => {
			if (tags !== 'all' && !tags.some((tag) => isStale(tag, 'tickets', { scope: this.wanted.scope, after: null, limit: 1 }))) return;
			this.#lists.markStale();
			void this.wanted.refresh(this.visible());
		});
		return () => {
			stop();
			if (desk.list === this) desk.list = undefined;
		};
	}

	async show(scope: Scope): Promise<void> {
		const list = this.#lists.of(scope);
		this.wanted = list;
		list.held = () => list === this.list && this.#held();
		if (scope.kind === 'view' || list.ready) this.list = list;
		await list.refresh([]);
		if (this.wanted !== list || !list.ready) return;
		this.list = list;
		desk.highlights = list.highlights;
	}

	#held(): boolean {
		return this.list.scrollTop > 0 || this.pointerOver || desk.selection.size > 0 || this.current >= 0;
	}

	/** Called as rows come into view: reads what is stale there, and the next page near the end. */
	seen(end: number): void {
		const list = this.list;
		if (list.isStale(this.visible())) void list.refresh(this.visible());
		if (list.more && list.problem === undefined && end > list.rows.length - 40) void list.extend();
	}

	open(at: number): void {
		const listed = this.list.rows[at];
		if (listed === undefined) return;
		desk.open(listed.row.id);
		this.reveal(at);
	}

	after(tickets: TicketId[]): TicketId | undefined {
		const rows = this.list.rows;
		const stays = ({ row }: { row: { id: TicketId } }): boolean => !tickets.includes(row.id);
		const at = this.current;
		return (rows.slice(at + 1).find(stays) ?? rows.slice(0, Math.max(at, 0)).findLast(stays))?.row.id;
	}

	next(): void {
		this.open(Math.min(this.current + 1, this.list.rows.length - 1));
	}

	previous(): void {
		this.open(Math.max(this.current - 1, 0));
	}

	first(): void {
		this.open(0);
	}

	last(): void {
		this.open(this.list.rows.length - 1);
	}

	showNew(): void {
		this.list.release();
		this.reveal(0);
	}

	pick(): void {
		const ticket = this.list.rows[this.current]?.row.id;
		if (ticket !== undefined) this.toggle(ticket);
	}

	toggle(ticket: TicketId): void {
		if (!desk.selection.delete(ticket)) desk.selection.add(ticket);
	}

	/** Picks the current row and the next, and goes there. */
	pickTo(step: 1 | -1): void {
		const at = this.current;
		const to = this.list.rows[at + step];
		if (at < 0 || to === undefined) return;
		this.pickRange(at, at + step);
		this.open(at + step);
	}

	/** Picks every row between two, both included. */
	pickRange(from: number, to: number): void {
		const [first, last] = from < to ? [from, to] : [to, from];
		for (const { row } of this.list.rows.slice(first, last + 1)) desk.selection.add(row.id);
	}

	pickAll(): void {
		for (const { row } of this.list.rows) desk.selection.add(row.id);
	}

	focus(): void {
		this.takeFocus();
	}
}
