/** What a person can do with a mail in the outbox. Each is told when it fails; what can be undone is. */
import { call } from '../../api/client';
import type { OutboxId, OutboxItem, TicketId } from '../../api/generated';
import { m } from '../../i18n/index.svelte';
import { desk } from '../../shared/desk.svelte';
import { attempt, attemptUndoable, say } from '../../shared/toasts.svelte';
import { discard, makeRoom, replyOf, returned } from '../composer/replies.svelte';
import { forgetPending, nameOf, takenBack } from './pending.svelte';

/** Makes it a draft again and opens it. Also takes back one that the desk has not answered for yet. */
export const takeBack = (item: OutboxItem): Promise<boolean> => attempt(() => back(item));

async function back(item: OutboxItem): Promise<void> {
	const { ticket } = item.entry;
	const outbox = await nameOf(item);
	if (outbox === undefined || takenBack.has(outbox)) return;
	takenBack.add(outbox);
	try {
		await makeDraft(ticket, outbox);
	} catch (thrown) {
		takenBack.delete(outbox);
		throw thrown;
	}
}

async function makeDraft(ticket: TicketId, outbox: OutboxId): Promise<void> {
	await makeRoom(ticket);
	await replyOf(ticket)?.flush();
	const draft = await call('take_back', { outbox });
	forgetPending(ticket);
	returned(draft);
	if (desk.ticket !== ticket) desk.open(ticket);
	if (desk.overlay?.kind === 'outbox') desk.overlay = undefined;
}

/** Lets it go now. */
export const release = ({ entry }: OutboxItem): Promise<boolean> => attempt(() => call('release', { outbox: entry.id, was: entry.state }));

export const markSent = ({ entry }: OutboxItem): Promise<boolean> =>
	attempt(async () => {
		await call('mark_sent', { outbox: entry.id });
		say(() => m.outbox_marked());
	});

/** Takes it out of the outbox. It is a draft first, so that this can be undone; where another reply was begun, it goes for good. */
export const drop = (item: OutboxItem): Promise<boolean> =>
	attemptUndoable(async () => {
		const { id, ticket } = item.entry;
		await makeRoom(ticket);
		if (item.entry.outgoing.kind === 'acknowledgement' || replyOf(ticket) !== undefined) await call('drop_outgoing', { outbox: id });
		else {
			returned(await call('take_back', { outbox: id }));
			const reply = replyOf(ticket);
			if (reply !== undefined) return discard(reply, m.outbox_dropped);
		}
		say(() => m.outbox_dropped());
	});
