/**
 * Replies a person has just sent off, shown as held before the desk has answered. Each stands here until the desk names it itself.
 */
import { SvelteMap } from 'svelte/reactivity';
import type { OutboxId, OutboxItem, Queued, TicketId } from '../../api/generated';

/** How long a reply can be taken back; the desk says when exactly. */
export const HOLD_MS = 10_000;

export interface Pending {
	item: OutboxItem;
	/** Answered once the desk has it in its outbox. */
	queued: Promise<OutboxId | undefined>;
}

const pending = new SvelteMap<TicketId, Pending>();

/** What was taken back here: whoever undoes on the card and once more in the notice asks for one thing. */
export const takenBack = new Set<OutboxId>();

/** What is on its way on a ticket: what the desk names, and behind it what was sent off this moment. */
export function onTheWay(ticket: TicketId, named: OutboxItem[]): OutboxItem[] {
	const mine = pending.get(ticket);
	const known = mine === undefined || named.some(({ entry }) => entry.id === mine.item.entry.id);
	return known ? named : [...named, mine.item];
}

/** Shows a reply as held while `ask` hands it to the desk; a refusal takes it away again. */
export async function queue(item: OutboxItem, ask: () => Promise<Queued>): Promise<Queued> {
	const { ticket } = item.entry;
	const asked = ask();
	pending.set(ticket, { item, queued: asked.then(({ outbox }) => outbox, () => undefined) });
	try {
		const queued = await asked;
		const entry = { ...item.entry, id: queued.outbox, hold_until_ms: queued.hold_until_ms };
		pending.set(ticket, { item: { ...item, entry }, queued: Promise.resolve(queued.outbox) });
		setTimeout(() => forgetPending(ticket, queued.outbox), HOLD_MS);
		return queued;
	} catch (thrown) {
		pending.delete(ticket);
		throw thrown;
	}
}

/** The desk's own name of a reply, which one just sent off has not got yet. */
export async function nameOf({ entry }: OutboxItem): Promise<OutboxId | undefined> {
	const mine = pending.get(entry.ticket);
	return mine?.item.entry.id === entry.id ? mine.queued : entry.id;
}

/** The desk names it by itself now. */
export function settlePending(ticket: TicketId, named: OutboxItem[]): void {
	const mine = pending.get(ticket)?.item.entry.id;
	if (mine !== undefined && named.some(({ entry }) => entry.id === mine)) pending.delete(ticket);
}

/** It is settled: taken back, dropped, or named by the desk. */
export function forgetPending(ticket: TicketId, id?: OutboxId): void {
	if (id === undefined || pending.get(ticket)?.item.entry.id === id) pending.delete(ticket);
}

/** Forgets all, for tests. */
export function forgetAllPending(): void {
	pending.clear();
	takenBack.clear();
}
