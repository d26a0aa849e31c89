/** Whom a message went to, in three words. */
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
