/** Who may be meant and who is new. Pure. */
import type { Address, Conversation } from '../../api/generated';
import { isAddress, keyOf, unique } from './addresses';

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
