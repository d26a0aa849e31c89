/** The ticket rows seen lately, so that a change knows what it changed and can be undone. */
import { call } from '../api/client';
import type { TicketId, TicketRow } from '../api/generated';

const KEPT = 5_000;
const seen = new Map<TicketId, TicketRow>();

export function remember(rows: TicketRow[]): void {
	for (const row of rows) {
		seen.delete(row.id);
		seen.set(row.id, row);
	}
	for (const id of seen.keys()) {
		if (seen.size <= KEPT) break;
		seen.delete(id);
	}
}

/** The rows of these tickets as last seen; what was never seen is asked for. */
export async function rowsOf(tickets: TicketId[]): Promise<TicketRow[]> {
	return Promise.all(
		tickets.map(async (ticket) => seen.get(ticket) ?? (await call('conversation', { ticket })).ticket.row),
	);
}

export const seenRow = (ticket: TicketId): TicketRow | undefined => seen.get(ticket);

export const forgetRows = (): void => seen.clear();

/** How long after a person's own change a ticket may still enter or leave a list because of it. */
const MINE_MS = 3_000;
const mine = new Map<TicketId, number>();

/** Notes that a person here changed these tickets: lists let them in at once. */
export function touch(tickets: TicketId[]): void {
	const at = performance.now();
	for (const [ticket, when] of mine) if (at - when > MINE_MS) mine.delete(ticket);
	for (const ticket of tickets) mine.set(ticket, at);
}

export const isMine = (ticket: TicketId): boolean => performance.now() - (mine.get(ticket) ?? -Infinity) < MINE_MS;
