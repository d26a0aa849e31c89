/** What the language's keys and values mean, in words. */
import { m } from '../../i18n/index.svelte';
import { priorityName, statusName } from '../../shared/actions';
import type { Priority, Status } from '../../api/generated';
import type { Key } from './tokens';

export const keyWords: Record<Key, () => string> = {
	status: m.search_hint_status,
	is: m.search_hint_is,
	tag: m.search_hint_tag,
	from: m.search_hint_from,
	waiting: m.search_hint_waiting,
	updated: m.search_hint_updated,
	priority: m.search_hint_priority,
	has: m.search_hint_has,
	channel: m.search_hint_channel,
	lang: m.search_hint_lang,
	source: m.search_hint_source,
	after: m.search_hint_after,
	before: m.search_hint_before,
};

const is = (name: string): boolean => ['open', 'waiting', 'closed'].includes(name);
const marks: Record<string, () => string> = { urgent: m.search_is_urgent, unread: m.search_is_unread, vip: m.search_is_vip };
const channels: Record<string, () => string> = { mail: m.channel_mail, chat: m.channel_chat, phone: m.channel_phone, social: m.channel_social };
const langs: Record<string, () => string> = { zh: m.search_lang_zh, en: m.search_lang_en, ja: m.search_lang_ja, ko: m.search_lang_ko };

/** A value in words; itself where it has none. */
export function valueWord(key: string, value: string): string {
	const low = value.toLowerCase();
	if ((key === 'status' || key === 'is') && is(low)) return statusName(low as Status);
	if (key === 'priority' && ['low', 'normal', 'high', 'urgent'].includes(low)) return priorityName(low as Priority);
	const named: Record<string, Record<string, () => string>> = { is: marks, channel: channels, lang: langs };
	return (named[key]?.[low] ?? (() => value))();
}
