/**
 * One list of tickets as a pane shows it: read in pages as it is scrolled, read again in place when it is stale, and steady while
 * somebody works with it. Answers that come late never overwrite newer ones.
 */
import { asProblem, call } from '../../api/client';
import type { ListedTicket, Problem, RowCursor, Scope, TicketId, TicketPage } from '../../api/generated';
import { share } from '../../api/share';
import { isMine, remember } from '../../shared/rows';
import { flatten, hold, reach, type Page } from './pages';

const PAGE = 100;
/** So many rows may have come between two known places before the list is begun anew from there. */
const MOST_NEW = 400;
/** A list that changes all the time is read again this often. */
const PAUSE_MS = 250;

export class TicketList {
	rows = $state.raw<ListedTicket[]>([]);
	arrived = $state(0);
	moved = $state(0);
	total = $state.raw<number | null>(null);
	highlights = $state.raw<string[]>([]);
	problem = $state.raw<Problem>();
	/** Whether an answer, even an empty one, is here. */
	ready = $state(false);
	more = $state(false);
	/** Where it was scrolled to when it was left. */
	scrollTop = 0;
	/** Whether somebody works with what is shown, so that it must not move. */
	held: () => boolean = () => false;

	#pages: Page[] = [];
	#reading: Promise<void> | undefined;
	#again: TicketId[] | undefined;
	#extending = false;

	constructor(readonly scope: Scope) {}

	/** Reads what is not here or stale, among the pages that hold these tickets. */
	refresh(visible: TicketId[]): Promise<void> {
		if (this.#reading !== undefined) {
			this.#again = visible;
			return this.#reading;
		}
		this.#reading = this.#read(visible).finally(() => {
			this.#reading = undefined;
			const again = this.#again;
			this.#again = undefined;
			if (again !== undefined) setTimeout(() => void this.refresh(again), PAUSE_MS);
		});
		return this.#reading;
	}

	markStale(): void {
		for (const page of this.#pages) page.stale = true;
	}

	/** Whether something of what these tickets lie in is stale. */
	isStale(visible: TicketId[]): boolean {
		return !this.ready || this.#covering(visible).some((page) => page.stale);
	}

	async #read(visible: TicketId[]): Promise<void> {
		try {
			if (this.#pages.length === 0) this.#pages = [{ after: null, rows: [], next: null, stale: true }];
			for (const page of this.#covering(visible)) if (page.stale) await this.#reread(page);
			this.problem = undefined;
			this.ready = true;
			this.#settle();
		} catch (thrown) {
			this.problem = asProblem(thrown);
			this.markStale();
		}
	}

	#covering(visible: TicketId[]): Page[] {
		const wanted = new Set(visible);
		return this.#pages.filter((page, at) => at === 0 || page.rows.some(({ row }) => wanted.has(row.id)));
	}

	/** Reads a page's interval again, however many rows lie in it now. */
	async #reread(page: Page): Promise<void> {
		page.stale = false;
		const end = page.next;
		let answer = await this.#ask(page.after);
		let rows = answer.rows;
		while (end !== null && answer.next !== null && reach(rows, end) === undefined && rows.length < MOST_NEW) {
			answer = await this.#ask(answer.next);
			rows = [...rows, ...answer.rows];
		}
		const cut = end === null ? undefined : reach(rows, end);
		page.rows = share(page.rows, cut === undefined ? rows : rows.slice(0, cut));
		if (cut !== undefined) return;
		page.next = answer.next;
		this.#pages = this.#pages.slice(0, this.#pages.indexOf(page) + 1);
	}

	async #ask(after: RowCursor | null): Promise<TicketPage> {
		const answer = await call('tickets', { scope: this.scope, after, limit: PAGE });
		remember(answer.rows.map(({ row }) => row));
		if (after === null) {
			this.total = answer.total;
			this.highlights = answer.highlights;
		}
		return answer;
	}

	/** Reads the page after the last, if there is one. */
	async extend(): Promise<void> {
		const last = this.#pages.at(-1);
		if (this.#extending || last?.next == null) return;
		this.#extending = true;
		try {
			const answer = await this.#ask(last.next);
			if (this.#pages.at(-1) !== last) return;
			this.#pages = [...this.#pages, { after: last.next, rows: answer.rows, next: answer.next, stale: false }];
			this.problem = undefined;
			this.#settle();
		} catch (thrown) {
			this.problem = asProblem(thrown);
		} finally {
			this.#extending = false;
		}
	}

	/** Shows everything where it belongs. */
	release(): void {
		this.#show(flatten(this.#pages), 0, 0);
	}

	#settle(): void {
		const fresh = flatten(this.#pages);
		if (!this.held()) return this.#show(fresh, 0, 0);
		const shown = hold(this.rows, fresh, isMine);
		this.#show(shown.rows, shown.arrived, shown.moved);
	}

	#show(rows: ListedTicket[], arrived: number, moved: number): void {
		this.rows = share(this.rows, rows);
		this.arrived = arrived;
		this.moved = moved;
		this.more = this.#pages.at(-1)?.next != null;
	}
}
