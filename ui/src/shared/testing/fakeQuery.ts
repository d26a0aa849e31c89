/**
 * The query language over the rows of the desk in memory: what a person types, whether it can be read, and whether a row answers it.
 * It follows the desk's own rules closely enough that a view made in a test or a preview holds what its query says.
 */
import type { Problem, TicketRow } from '../../api/generated';

export interface Term {
	key: string | undefined;
	value: string;
	negated: boolean;
}

export interface Known {
	tags: string[];
	sources: Map<string, string>;
}

const WORDS: Record<string, { words: string[]; why: string }> = {
	status: { words: ['open', 'waiting', 'closed'], why: 'unknown_status' },
	priority: { words: ['low', 'normal', 'high', 'urgent'], why: 'unknown_priority' },
	is: { words: ['open', 'waiting', 'closed', 'urgent', 'unread', 'vip'], why: 'unknown_is' },
	has: { words: ['attachment'], why: 'unknown_has' },
	channel: { words: ['mail', 'chat', 'phone', 'social'], why: 'unknown_channel' },
	lang: { words: ['zh', 'en', 'ja', 'ko'], why: 'unknown_lang' },
};
const KEYS = new Set([...Object.keys(WORDS), 'from', 'tag', 'source', 'waiting', 'updated', 'before', 'after']);
const AGE = /^([<>])(\d{1,4})(m|h|d|w)$/u;
const DAY = /^\d{4}-\d{2}-\d{2}$/u;
const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

const TOKEN = /(?=\S)(-(?=\S))?(?:([a-z]+)[:：])?(?:["“”「」]([^"“”「」]*)(["“”「」]?)|(\S*))/giu;

/** The terms of a query; throws `query_invalid` at the first that can't be read. */
export function parse(query: string): Term[] {
	return [...query.matchAll(TOKEN)].map((found) => termOf(query, found));
}

function termOf(query: string, found: RegExpExecArray): Term {
	const [whole, minus, before, phrase, close, word = ''] = found;
	const key = before !== undefined && KEYS.has(before.toLowerCase()) ? before.toLowerCase() : undefined;
	const value = (before === undefined || key !== undefined ? (phrase ?? word) : whole).trim().toLowerCase();
	const why = phrase !== undefined && close === '' ? 'quote_open' : value === '' ? 'value_missing' : wrong(key, value);
	if (why !== undefined) throw invalid(query, found.index, whole, why);
	return { key, value, negated: minus === '-' };
}

function wrong(key: string | undefined, value: string): string | undefined {
	if (key === undefined) return undefined;
	const known = WORDS[key];
	if (known !== undefined) return known.words.includes(value) ? undefined : known.why;
	if (key === 'waiting' || key === 'updated') return AGE.test(value) ? undefined : 'not_an_age';
	if (key === 'before' || key === 'after') return DAY.test(value) && !Number.isNaN(Date.parse(value)) ? undefined : 'not_a_day';
	return undefined;
}

/** Positions count characters, not UTF-16 units. */
function invalid(query: string, at: number, whole: string, why: string): Problem {
	const before = [...query.slice(0, at)].length;
	return { code: 'query_invalid', params: { at: String(before), length: String([...whole].length), why }, cause: null };
}

/** The name a query asks for that is not there, if any. */
export function goneName(terms: Term[], known: Known): { key: string; name: string } | undefined {
	const gone = terms.find(({ key, value }) => (key === 'tag' && !known.tags.includes(value)) || (key === 'source' && !known.sources.has(value)));
	return gone && { key: gone.key ?? '', name: gone.value };
}

export function matches(row: TicketRow, terms: Term[], known: Known, now: number): boolean {
	return terms.every((term) => holds(row, term, known, now) !== term.negated);
}

function holds(row: TicketRow, { key, value }: Term, known: Known, now: number): boolean {
	const text = (...parts: string[]): boolean => parts.join(' ').toLowerCase().includes(value);
	switch (key) {
		case undefined: return text(row.subject, row.snippet, row.requester_name, row.requester_email);
		case 'from': return text(row.requester_name, row.requester_email);
		case 'tag': return row.tags.some((tag) => tag.name.toLowerCase() === value);
		case 'source': return known.sources.get(value) === row.source;
		case 'status': return row.status === value;
		case 'priority': return row.priority === value;
		case 'has': return row.has_attachment;
		case 'channel': return row.channel === value;
		case 'lang': return row.lang === value;
		case 'is': return isSo(row, value);
		case 'waiting': return row.status === 'open' && row.waiting_since_ms !== null && aged(value, now - row.waiting_since_ms);
		case 'updated': return aged(value, now - row.last_message_at_ms);
		case 'before': return row.last_message_at_ms < midnight(value);
		default: return row.last_message_at_ms >= midnight(value);
	}
}

function isSo(row: TicketRow, value: string): boolean {
	if (value === 'urgent') return row.urgent !== null;
	if (value === 'unread') return row.unread;
	return value === 'vip' ? row.vip : row.status === value;
}

function aged(value: string, age: number): boolean {
	const [, sign, count, unit = ''] = AGE.exec(value) ?? [];
	const over = age >= Number(count) * (UNITS[unit] ?? 0);
	return (sign === '>') === over;
}

const midnight = (day: string): number => new Date(`${day}T00:00`).getTime();

/** The words to look for in the text. */
export const wordsOf = (terms: Term[]): string[] => terms.filter(({ key, negated }) => key === undefined && !negated).map(({ value }) => value);
