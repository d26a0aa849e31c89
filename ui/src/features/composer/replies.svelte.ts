/**
 * The replies of this window by their tickets, and how each ticket's composer stands: open for a reply, for a note, or folded.
 */
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { asProblem, call } from '../../api/client';
import type { Draft, ReplyKind, TicketId } from '../../api/generated';
import { m } from '../../i18n/index.svelte';
import { attempt, attemptUndoable, say } from '../../shared/toasts.svelte';
import { Reply } from './reply.svelte';

export type Stand = 'reply' | 'note' | 'folded';

const replies = new SvelteMap<TicketId, Reply>();
const stands = new SvelteMap<TicketId, Stand>();
/** Drafts the desk may still name although they are sent or being discarded. */
const over = new SvelteSet<TicketId>();
/** What is being discarded, until it can't be undone any more. */
const parting = new Map<TicketId, Reply>();

export const replyOf = (ticket: TicketId): Reply | undefined => replies.get(ticket);
export const standOf = (ticket: TicketId): Stand | undefined => stands.get(ticket);
export const isOver = (ticket: TicketId): boolean => over.has(ticket);

export function stand(ticket: TicketId, how: Stand): void {
	stands.set(ticket, how);
}

/** The desk no longer names a draft: the next one it names is a new one. */
export function noDraft(ticket: TicketId): void {
	if (!parting.has(ticket)) over.delete(ticket);
}

/** Takes a draft as the desk has it, unless one is being written here already. `fresh`: it was begun this moment. */
export function adopt(draft: Draft, fresh = false): Reply {
	const known = replies.get(draft.ticket);
	if (known !== undefined) return known;
	const reply = new Reply(draft.ticket, draft, fresh);
	over.delete(draft.ticket);
	replies.set(draft.ticket, reply);
	return reply;
}

/** Opens a reply, or turns the one that is open into another kind; `undefined` keeps its kind. */
export async function begin(ticket: TicketId, kind: ReplyKind | undefined): Promise<void> {
	const going = parting.get(ticket);
	if (going !== undefined) {
		// Written on before it was gone: it comes back, files included.
		parting.delete(ticket);
		return reopen(going);
	}
	const known = replies.get(ticket);
	if (known === undefined) adopt(await call('begin_reply', { ticket, kind: kind ?? 'reply' }), true);
	else if (kind !== undefined && kind !== known.kind) await known.turn(kind);
}

/** A reply has left the composer. */
export function left(ticket: TicketId): void {
	over.add(ticket);
	replies.delete(ticket);
	// Whoever has turned to a note goes on with it.
	if (stands.get(ticket) !== 'note') stands.set(ticket, 'folded');
}

/** It did not leave after all. */
export function reopen(reply: Reply): void {
	over.delete(reply.ticket);
	replies.set(reply.ticket, reply);
	stands.set(reply.ticket, 'reply');
}

/** What was taken back is written on. */
export function returned(draft: Draft): void {
	forgetReply(draft.ticket);
	adopt(draft);
	stands.set(draft.ticket, 'reply');
}

/** The composer is closed over a reply: one that was only looked at leaves nothing behind, any other is kept. */
export async function close(reply: Reply): Promise<void> {
	const { ticket } = reply;
	if (replies.get(ticket) !== reply) return;
	if (!reply.untouched) return void (await reply.flush());
	left(ticket);
	await attempt(() => discardOnDisk(ticket));
}

export function forgetReply(ticket: TicketId): void {
	void replies.get(ticket)?.settle();
	replies.delete(ticket);
	over.delete(ticket);
}

/** Discards a reply; it stays on disk until it can't be undone any more, so nothing is lost by a slip. */
export async function discard(reply: Reply, said: () => string = m.reply_discarded): Promise<void> {
	const { ticket } = reply;
	await attemptUndoable(async () => {
		await reply.flush();
		left(ticket);
		parting.set(ticket, reply);
		say(
			said,
			async () => {
				if (parting.delete(ticket)) reopen(reply);
			},
			() => void attempt(() => discardNow(ticket)),
		);
	});
}

/** Makes room for a draft that comes back: what is discarded goes now, and what was only looked at. */
export async function makeRoom(ticket: TicketId): Promise<void> {
	await discardNow(ticket);
	const reply = replies.get(ticket);
	if (reply?.untouched) await close(reply);
}

async function discardNow(ticket: TicketId): Promise<void> {
	if (!parting.delete(ticket)) return;
	await discardOnDisk(ticket);
}

async function discardOnDisk(ticket: TicketId): Promise<void> {
	try {
		await call('discard_draft', { ticket });
	} catch (thrown) {
		// Nothing of it was on disk yet.
		if (asProblem(thrown).code !== 'not_found') throw thrown;
	}
}

/** Puts everything typed on disk now: the window is being hidden or closed. */
export function flushAll(): void {
	for (const reply of replies.values()) void reply.flush();
}

/** Forgets every reply of this window, for tests. */
export function forgetReplies(): void {
	for (const ticket of [...replies.keys()]) forgetReply(ticket);
	parting.clear();
	stands.clear();
	over.clear();
}
