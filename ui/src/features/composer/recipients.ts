/** Who may be meant, who is new, and why a reply can't go as it is. Pure. */
import type { Address, Conversation, Problem } from '../../api/generated';
import { number } from '../../i18n/format';
import { isAddress, keyOf, unique } from './addresses';
import type { Reply } from './reply.svelte';

/** More than this no reply may have; servers refuse longer lists one by one. */
export const MOST_RECIPIENTS = 100;

/** Those who have not been on the ticket. */
export const strangers = (addresses: Address[], known: ReadonlySet<string>): Address[] => addresses.filter((address) => !known.has(keyOf(address)));

/** Everybody named on the ticket, with a name where one was given, the newest mail first. */
export function namedOn({ messages, ticket }: Conversation, known: Iterable<string>): Address[] {
	const mails = messages.filter(({ message }) => message.kind === 'mail').toReversed();
	const requester = { name: ticket.row.requester_name, email: ticket.row.requester_email };
	const all = [requester, ...mails.flatMap(({ message }) => [message.from, ...message.to.slice(0, 50), ...message.cc.slice(0, 50)])];
	const named = all.toSorted((a, b) => Number(b.name !== '') - Number(a.name !== ''));
	return unique([...named, ...[...known].map((email) => ({ name: '', email }))]).filter(isAddress);
}

/** Why the reply can't be sent off as it is, if so; `wordless` says that nothing is written. */
export function whyNot(reply: Pick<Reply, 'recipients' | 'attachments' | 'uploads' | 'kind'>, wordless: boolean): Problem | undefined {
	const { recipients, attachments, uploads, kind } = reply;
	const problem = (code: Problem['code'], params: Record<string, string> = {}): Problem => ({ code, params, cause: null });
	const wrong = recipients.find((address) => !isAddress(address));
	if (recipients.length === 0) return problem('no_recipients');
	if (wrong !== undefined) return problem('address_invalid', { address: wrong.email });
	if (recipients.length > MOST_RECIPIENTS) return problem('too_many_recipients', { count: number(recipients.length), limit: number(MOST_RECIPIENTS) });
	if (uploads.some((one) => one.problem === undefined)) return problem('attachment_missing', { name: uploads[0]?.name ?? '' });
	if (wordless && attachments.length === 0 && kind !== 'forward') return problem('nothing_written');
	return undefined;
}
