/**
 * The list pane's state: which list it shows, which row is current, and what is picked. A list is swapped for another only when
 * the other has its answer, so that neither a search nor a view ever empties the pane; only what is slow shows its skeleton instead.
 */
import { call } from '../../api/client';
import type { Scope, TicketId, View } from '../../api/generated';
import { onStale } from '../../api/query.svelte';
import { isStale } from '../../api/stale';
import { desk, sameScope, type ListPane } from '../../shared/desk.svelte';
import { attempt } from '../../shared/toasts.svelte';
import { Lists } from './lists.svelte';
import type { TicketList } from './ticketList.svelte';

/** As many as the desk changes at once. */
export const MOST_PICKED = 5_000;
/** A list that has no answer by then makes room for its skeleton. */
const PATIENCE_MS = 150;

export class Pane implements ListPane {
	/** What is shown; of the scope before while another is being read. */
	list = $state.raw<TicketList>() as TicketList;
	/** What was asked for. */
	wanted = $state.raw<TicketList>() as TicketList;
	/** The place of the open ticket in the list, or -1 if it is not among the rows that are here. */
	readonly current = $derived(this.list.indexOf(desk.ticket));
	/** Set by the rows: how to bring a row into view and take the focus. */
	reveal: (at: number) => void = () => undefined;
	takeFocus: () => void = () => undefined;
	pointerOver = false;

	readonly #lists = new Lists();
	readonly #viewOf: (scope: Scope) => View | undefined;
	/** The list's order is being changed: what it is now is not worth reading. */
	#turning = false;

	constructor(viewOf: (scope: Scope) => View | undefined) {
		this.#viewOf = viewOf;
		this.list = this.#of(desk.scope);
		this.wanted = this.list;
	}

	#of(scope: Scope): TicketList {
		const list = this.#lists.of(scope, this.#viewOf(scope));
		list.held = () => list === this.list && this.#held();
		list.open = () => desk.ticket;
		return list;
	}

	/** No rows are drawn any more. */
	rowsGone(): void {
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
			if (!this.#turning) void this.wanted.refresh();
		});
		return () => {
			stop();
			if (desk.list === this) desk.list = undefined;
		};
	}

	/** Shows a list, or the same in another order. */
	async show(scope: Scope): Promise<void> {
		const list = this.#of(scope);
		if (list === this.wanted && list.ready) return;
		this.wanted = list;
		const late = setTimeout(() => scope.kind === 'view' && this.wanted === list && this.#turnTo(list), PATIENCE_MS);
		if (list.ready) this.#turnTo(list);
		await (list.ready ? list.look(0, 1) : list.begin());
		clearTimeout(late);
		if (this.wanted === list && (list.ready || scope.kind === 'view')) this.#turnTo(list);
	}

	#turnTo(list: TicketList): void {
		this.list = list;
		if (sameScope(list.scope, desk.scope)) desk.highlights = list.highlights;
	}

	/** Reads the beginning of a list that is likely to be looked at next. */
	prepare(scope: Scope): void {
		const list = this.#of(scope);
		if (!list.ready) void list.look(0, 1);
	}

	/** Changes the order of the list; it is read anew, from its top. */
	async turn(change: () => Promise<unknown>): Promise<void> {
		this.#turning = true;
		await attempt(change);
		this.#turning = false;
	}

	#held(): boolean {
		return this.list.scrollTop > 0 || this.pointerOver || desk.selection.size > 0 || this.current >= 0;
	}

	async open(at: number): Promise<void> {
		const list = this.list;
		if (list.row(at) === undefined) {
			this.reveal(at);
			await list.look(at, at + 1);
		}
		const place = Math.max(0, Math.min(at, list.length - 1));
		const listed = list.row(place);
		if (listed === undefined || list !== this.list) return;
		desk.open(listed.row.id);
		this.reveal(place);
	}

	after(tickets: TicketId[]): TicketId | undefined {
		const going = new Set(tickets);
		return this.#stays(going, 1) ?? this.#stays(going, -1);
	}

	/** The nearest row from the current one on, downward or upward, that does not go. */
	#stays(going: Set<TicketId>, step: 1 | -1): TicketId | undefined {
		for (let at = this.current + step; at >= 0; at += step) {
			const listed = this.list.row(at);
			if (listed === undefined) return undefined;
			if (!going.has(listed.row.id)) return listed.row.id;
		}
		return undefined;
	}

	next(): void {
		void this.open(Math.min(this.current + 1, this.list.length - 1));
	}

	previous(): void {
		void this.open(Math.max(this.current - 1, 0));
	}

	first(): void {
		void this.open(0);
	}

	last(): void {
		void this.open(this.list.length - 1);
	}

	/** The ticket that the next step would open: the one below, or the first that a search has found. */
	get following(): TicketId | undefined {
		return this.current < 0 && this.list.scope.kind !== 'search' ? undefined : this.list.row(this.current + 1)?.row.id;
	}

	showNew(): void {
		this.list.release();
		this.reveal(0);
	}

	pick(): void {
		const ticket = this.list.row(this.current)?.row.id;
		if (ticket !== undefined) this.toggle(ticket);
	}

	toggle(ticket: TicketId): void {
		if (!desk.selection.delete(ticket)) desk.selection.add(ticket);
	}

	/** Picks the current row and the next, and goes there. */
	pickTo(step: 1 | -1): void {
		const at = this.current;
		if (at < 0 || this.list.row(at + step) === undefined) return;
		this.pickRange(at, at + step);
		void this.open(at + step);
	}

	/** Picks every row between two, both included, as far as they are here. */
	pickRange(from: number, to: number): void {
		const [first, last] = from < to ? [from, to] : [to, from];
		for (let at = first; at <= Math.min(last, first + MOST_PICKED - 1); at += 1) {
			const listed = this.list.row(at);
			if (listed !== undefined) desk.selection.add(listed.row.id);
		}
	}

	pickAll(): void {
		for (const { row } of this.list.rows.slice(0, MOST_PICKED)) desk.selection.add(row.id);
	}

	/** Picks everything in the list, read or not, as far as the desk changes at once. */
	async pickWhole(): Promise<void> {
		const { scope } = this.list;
		await attempt(async () => {
			const tickets = await call('tickets_in', { scope, limit: MOST_PICKED });
			if (scope === this.list.scope) for (const ticket of tickets) desk.selection.add(ticket);
		});
	}

	focus(): void {
		this.takeFocus();
	}
}
