/** Who wrote a message and whom it went to, in few words. */
import type { Address, Message } from '../../api/generated';
import { m } from '../../i18n/index.svelte';

/** `care@` for a bare address, else the name. */
const short = ({ name, email }: Address): string => name || email.replace(/@.*$/u, '@') || '?';

/** "to care@, 2 more"; empty when nobody is named. */
export function recipientsSummary({ to, cc }: Pick<Message, 'to' | 'cc'>): string {
	const first = to[0] ?? cc[0];
	if (first === undefined) return '';
	const more = to.length + cc.length - 1;
	return more === 0 ? m.message_to({ names: short(first) }) : m.message_to_more({ first: short(first), count: more });
}

/** Who wrote it. A note without a name is this person's own, who has not said what they are called. */
export function authorName({ from, kind }: Pick<Message, 'from' | 'kind'>): string {
	return from.name || from.email || (kind === 'note' ? m.message_from_you() : m.message_from_nobody());
}
