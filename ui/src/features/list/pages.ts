/**
 * The arithmetic of a list of any length of which only pages are here. Pure; knows no desk and no window.
 *
 * A list is a row of intervals between fixed places of its order. One that was read is a page: it can be read again by itself, and
 * let go when nobody looks at it, since its place and its count are kept. One that was never read is a gap, whose count is a guess: what
 * the counter says less what was read. So the scroll bar has the whole list's length from the first page on, walking down from the top
 * is exact, and a leap into a gap lands at a place worked out between its two ends and reads on from there. Rows are always true and
 * in order; only how far down a leap has landed is a guess, which is put right as its neighbourhood is read.
 *
 * What is shown is held still while somebody works with it: rows change in place and leave, but new ones and those that moved wait
 * to be asked for.
 */
import type { ListedTicket, RowCursor, TicketId } from '../../api/generated';

export interface Page {
	/** The place it begins after; `null` is the top. */
	after: RowCursor | null;
	/** The place it ends with; `null` is the end of the list. */
	next: RowCursor | null;
	/** How many rows of it are shown, or were when it was let go; of a gap: about how many there are. */
	count: number;
	/** Whether it was never read. */
	gap: boolean;
	/** What is shown of it; `undefined` while it is not here. */
	rows: ListedTicket[] | undefined;
	/** As it was read last. */
	fresh: ListedTicket[] | undefined;
	stale: boolean;
	/** Looked through by a search that found nothing in it: not worth another look. */
	hollow: boolean;
	/** Of a gap: how often nothing was found where it was entered from below. */
	misses: number;
}

export const gap = (after: RowCursor | null, next: RowCursor | null, count: number): Page => ({
	after, next, count, gap: true, rows: undefined, fresh: undefined, stale: true, hollow: false, misses: 0,
});

export const page = (after: RowCursor | null, next: RowCursor | null, fresh: ListedTicket[]): Page => ({
	after, next, count: fresh.length, gap: false, rows: undefined, fresh, stale: false, hollow: false, misses: 0,
});

/** The cursor that everything below a place comes after. */
export const below = (place: number): RowCursor => ({ place, ticket: '0' });

/** Where in the rows of an answer a place lies: how many rows come up to and including it, or `undefined` if it was not reached. */
export function reach(rows: ListedTicket[], end: RowCursor): number | undefined {
	const exact = rows.findIndex(({ row, place }) => row.id === end.ticket && place === end.place);
	if (exact >= 0) return exact + 1;
	const beyond = rows.findIndex(({ row, place }) => place < end.place || (place === end.place && Number(row.id) < Number(end.ticket)));
	return beyond >= 0 ? beyond : undefined;
}

/** Where each page begins among the rows of the list, and last how many rows there are. */
export function offsetsOf(pages: Page[]): number[] {
	const offsets = [0];
	let sum = 0;
	for (const { count } of pages) offsets.push((sum += count));
	return offsets;
}

/** Which page holds the row at `index`: the last that begins at or before it and is not empty. */
export function pageAt(offsets: number[], index: number): number {
	let [low, high] = [0, offsets.length - 2];
	while (low < high) {
		const middle = (low + high + 1) >> 1;
		if ((offsets[middle] ?? 0) <= index) low = middle;
		else high = middle - 1;
	}
	return low;
}

/** What the counter knows and nobody has read lies in the last gap. */
export function fillGap(pages: Page[], total: number | null): void {
	const last = pages.findLast((one) => one.gap);
	if (last === undefined) return;
	const others = pages.reduce((sum, one) => (one === last ? sum : sum + one.count), 0);
	last.count = Math.max(0, (total ?? 0) - others);
}

/** How a gap comes to be read: down from its upper end, up from its lower, or from a place in between. */
export type Way = 'down' | 'up' | 'leap';

/** The way that reaches rows `from` to `to` of a gap soonest; `near` rows are walked rather than leapt. */
export function wayInto({ count, next }: Page, from: number, to: number, near: number): Way {
	const [above, beneath] = [Math.max(0, from), Math.max(0, count - to)];
	if (above <= beneath) return above <= near ? 'down' : 'leap';
	return next !== null && beneath <= near ? 'up' : above <= near ? 'down' : 'leap';
}

/** The place a part of the way between a gap's ends, if there is one strictly between. */
export function placeBetween({ after, next }: Page, part: number): number | undefined {
	if (after === null || next === null) return undefined;
	const place = Math.round(after.place - (after.place - next.place) * part);
	return place < after.place && place > next.place ? place : undefined;
}

/** A place about `count` rows above a gap's lower end, by how close the rows below it lie, or else its own; twice as far after every miss. */
export function placeAbove(one: Page, beneath: ListedTicket[], count: number): number {
	const end = one.next?.place ?? 0;
	const [first, last] = [beneath[0]?.place ?? end, beneath.at(-1)?.place ?? end];
	const apart = first > last ? (first - last) / (beneath.length - 1) : ((one.after?.place ?? end) - end) / Math.max(1, one.count);
	return end + Math.max(1, Math.ceil(apart * count)) * 2 ** one.misses;
}

export interface Waiting {
	/** Tickets that are not shown yet, above those that are. */
	arrived: number;
	/** Shown tickets that have news and belong elsewhere. */
	moved: number;
}

/** Decides what is shown of what was read: all of it where it belongs, or, while held, what was shown where it was. */
export function settle(pages: Page[], held: boolean, mine: (ticket: TicketId) => boolean): Waiting {
	const here = pages.filter((one) => one.fresh !== undefined);
	const homes = new Map<TicketId, { page: Page; listed: ListedTicket; at: number }>();
	for (const one of here) one.fresh?.forEach((listed, at) => homes.has(listed.row.id) || homes.set(listed.row.id, { page: one, listed, at }));
	const belongs = (one: Page): ListedTicket[] => (one.fresh ?? []).filter(({ row }) => homes.get(row.id)?.page === one);
	if (!held) {
		for (const one of here) show(one, belongs(one));
		return { arrived: 0, moved: 0 };
	}
	const shown = new Set<TicketId>();
	for (const one of here) {
		if (one.rows === undefined) continue;
		show(one, one.rows.flatMap(({ row }) => (shown.has(row.id) ? [] : (homes.get(row.id)?.listed ?? []))));
		for (const { row } of one.rows) shown.add(row.id);
	}
	let [arrived, moved] = [0, 0];
	for (const one of here) {
		const missing = belongs(one).filter(({ row }) => !shown.has(row.id));
		moved += (one.rows ?? []).filter(({ row, place }, at, rows) => homes.get(row.id)?.page !== one || (rows[at - 1]?.place ?? Infinity) < place).length;
		arrived += letIn(one, missing, mine);
	}
	return { arrived, moved };
}

/** Lets in what may enter a page; answers how many must wait. */
function letIn(one: Page, missing: ListedTicket[], mine: (ticket: TicketId) => boolean): number {
	if (one.rows === undefined) {
		show(one, missing);
		return 0;
	}
	const places = new Map(one.fresh?.map(({ row }, at) => [row.id, at]));
	const at = ({ row }: ListedTicket): number => places.get(row.id) ?? -1;
	// Whatever comes behind the list's last row moves nothing.
	const foot = one.next === null ? one.rows.reduce((last, listed) => Math.max(last, at(listed)), -1) : Infinity;
	const entering = missing.filter((listed) => mine(listed.row.id) || at(listed) > foot);
	if (entering.length > 0) {
		const rows = [...one.rows];
		for (const listed of entering) rows.splice(rows.findLastIndex((other) => at(other) >= 0 && at(other) < at(listed)) + 1, 0, listed);
		show(one, rows);
	}
	return missing.length - entering.length;
}

function show(one: Page, rows: ListedTicket[]): void {
	const same = one.rows?.length === rows.length && one.rows.every((listed, at) => listed === rows[at]);
	if (!same) one.rows = rows;
	one.count = rows.length;
}

/** The rows to draw of a list of equal rows: from the first to the one before `end`. */
export function inWindow(count: number, rowHeight: number, scrollTop: number, height: number, spare = 6): { first: number; end: number } {
	const first = Math.max(0, Math.floor(scrollTop / rowHeight) - spare);
	const end = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + spare);
	return { first: Math.min(first, end), end };
}
