/** Sending a reply off: at once on screen, ten seconds to take it back, and only then out of the house. */
import { call, CallError } from '../../api/client';
import type { Conversation, OutboxItem, Seen, Status } from '../../api/generated';
import { m } from '../../i18n/index.svelte';
import { desk } from '../../shared/desk.svelte';
import { touch } from '../../shared/rows';
import { attemptUndoable, say } from '../../shared/toasts.svelte';
import { takeBack } from '../outbox/acts';
import { HOLD_MS, queue } from '../outbox/pending.svelte';
import { called } from './addresses';
import { left, reopen } from './replies.svelte';
import type { Reply } from './reply.svelte';

export interface Sending {
	reply: Reply;
	conversation: Conversation;
	/** What the person has read of the ticket. */
	seen: Seen;
	/** The words, for the card that stands in for it. */
	text: string;
	/** The status the ticket gets in the same step. */
	then: Status | null;
}

let cards = 0;

/** Answers whether the desk has it. What is refused is a draft as before, and the composer is open with it. */
export async function sendReply(sending: Sending): Promise<boolean> {
	const { reply, seen, then } = sending;
	const { ticket } = reply;
	const next = then === null ? undefined : desk.leaving([ticket], then);
	const item = cardOf(sending);
	left(ticket);
	const sent = await attemptUndoable(async () => {
		const { outbox } = await queue(item, async () => {
			await settle(sending);
			touch([ticket]);
			return call('send', { ticket, seen, then });
		});
		tell(sending, { ...item, entry: { ...item.entry, id: outbox } });
	});
	if (sent) next?.();
	else reopen(reply);
	return sent;
}

/** The words are on disk. */
async function settle({ reply }: Sending): Promise<void> {
	if (!(await reply.flush())) throw new CallError(reply.problem ?? { code: 'internal', params: {}, cause: null });
}

/** Says that it is held, and undoes all of it: the sending and the status. */
function tell({ reply, conversation, then }: Sending, item: OutboxItem): void {
	const { ticket } = reply;
	const was = conversation.ticket.row.status;
	const name = called(reply.recipients[0] ?? reply.from);
	say(
		() => (then === 'closed' ? m.reply_held_closed({ name }) : m.reply_held_done({ name })),
		async () => {
			if (!(await takeBack(item)) || then === null || then === was) return;
			touch([ticket]);
			await call('set_status', { tickets: [ticket], status: was });
		},
	);
}

function cardOf({ reply, conversation, seen, text }: Sending): OutboxItem {
	const { row, source_name } = conversation.ticket;
	const at = Date.now();
	const { from, to, cc, bcc, subject, attachments } = reply;
	return {
		entry: {
			id: `here-${++cards}`, ticket: reply.ticket, source: row.source, state: 'held', seen, who: desk.settings?.agent_name ?? '', queued_at_ms: at,
			hold_until_ms: at + HOLD_MS, attempts: 0, next_try_at_ms: null, problem: null, copy: 'due', sent_at_ms: null,
			outgoing: { kind: 'reply', message_id: '', at_ms: at, from, to, cc, bcc, subject, in_reply_to: null, references: [], text, html: null, attachments },
		},
		ticket_subject: row.subject, requester_name: row.requester_name, source_name, news: 0, not_in_sent: false,
	};
}
