/** The ticket rows seen lately, so that what is offered fits what they are. */
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

/** A few tickets that were never seen are asked for one by one; of thousands, those that were seen speak for all. */
const MOST_ASKED = 20;

/** The rows of these tickets as last seen. */
export async function rowsOf(tickets: TicketId[]): Promise<TicketRow[]> {
	const unseen = tickets.filter((ticket) => !seen.has(ticket)).slice(0, MOST_ASKED);
	const asked = await Promise.all(unseen.map(async (ticket) => (await call('conversation', { ticket })).ticket.row));
	return [...tickets.flatMap((ticket) => seen.get(ticket) ?? []), ...asked];
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
