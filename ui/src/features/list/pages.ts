/**
 * The arithmetic of a long list read in pages: what of it is shown, what waits to be shown. Pure; knows no desk and no window.
 *
 * Pages are intervals between fixed places of the order (newest first), so each can be read again by itself. What is shown is held
 * still while somebody works with it: rows change in place and leave, but new ones and those that moved up wait to be asked for.
 */
import type { ListedTicket, RowCursor, TicketId } from '../../api/generated';

export interface Page {
	/** The place this page begins after; `null` is the top. */
	after: RowCursor | null;
	rows: ListedTicket[];
	/** The place it ends; `null` is the end of the list. */
	next: RowCursor | null;
	stale: boolean;
}

export interface Shown {
	rows: ListedTicket[];
	/** Tickets that are not shown yet, above those that are. */
	arrived: number;
	/** Shown tickets that have news and belong further up. */
	moved: number;
}

/** Where in the rows of an answer a place lies: how many rows come up to and including it, or `undefined` if it was not reached. */
export function reach(rows: ListedTicket[], end: RowCursor): number | undefined {
	const exact = rows.findIndex(({ row, place }) => row.id === end.ticket && place === end.place);
	if (exact >= 0) return exact + 1;
	const beyond = rows.findIndex(({ place }) => place < end.place);
	return beyond >= 0 ? beyond : undefined;
}

/** All rows in order, each ticket once, where it comes first. */
export function flatten(pages: Page[]): ListedTicket[] {
	const rows = new Map<TicketId, ListedTicket>();
	for (const page of pages) {
		for (const listed of page.rows) if (!rows.has(listed.row.id)) rows.set(listed.row.id, listed);
	}
	return [...rows.values()];
}

/** What to show of `fresh` when what was `shown` must stay where it is. Tickets that `mine` answers for enter at once. */
export function hold(shown: ListedTicket[], fresh: ListedTicket[], mine: (ticket: TicketId) => boolean): Shown {
	const place = new Map(fresh.map((listed, at) => [listed.row.id, at]));
	const rows = shown.flatMap(({ row }) => fresh[place.get(row.id) ?? -1] ?? []);
	const held = new Set(rows.map(({ row }) => row.id));
	const foot = Math.max(-1, ...rows.map(({ row }) => place.get(row.id) ?? -1));
	const added = fresh.filter(({ row }, at) => !held.has(row.id) && at < foot);
	const entering = added.filter(({ row }) => mine(row.id));
	for (const listed of entering) enter(rows, fresh, place, listed);
	rows.push(...fresh.slice(foot + 1));
	const moved = rows.filter(({ place }, at) => at > 0 && (rows[at - 1]?.place ?? Infinity) < place);
	return { rows, arrived: added.length - entering.length, moved: moved.length };
}

/** Puts a row right below the nearest one above it that is shown. */
function enter(rows: ListedTicket[], fresh: ListedTicket[], place: Map<TicketId, number>, listed: ListedTicket): void {
	const shown = new Map(rows.map(({ row }, at) => [row.id, at]));
	let above = (place.get(listed.row.id) ?? 0) - 1;
	while (above >= 0 && !shown.has(fresh[above]?.row.id ?? '')) above -= 1;
	const at = above < 0 ? 0 : (shown.get(fresh[above]?.row.id ?? '') ?? -1) + 1;
	rows.splice(at, 0, listed);
}

/** The rows to draw of a list of equal rows: from the first to the one before `end`. */
export function inWindow(count: number, rowHeight: number, scrollTop: number, height: number, spare = 6): { first: number; end: number } {
	const first = Math.max(0, Math.floor(scrollTop / rowHeight) - spare);
	const end = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + spare);
	return { first: Math.min(first, end), end };
}
