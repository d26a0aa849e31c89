/** A search's terms taken in and out as text, so that a person sees in the field what a press did. Pure. */
import type { Completion, Completions } from '../../api/generated';
import { KEYS, pieces, type Key, type Piece } from './tokens';

/** `key:value` as a person typed it, taken apart. */
export interface Term {
	text: string;
	key: Key;
	value: string;
	negated: boolean;
}

const TERM = /^([-－]?)([a-z]+)[:：](.*)$/isu;
const spelt = (text: string): string => text.replace(/[“”「」＂]/gu, '"').replace(/^－/u, '-').replace('：', ':').toLowerCase();

/** The term a piece is, if it is one with a key and a value. */
export function termOf(text: string): Term | undefined {
	const [, minus = '', key = '', value = ''] = TERM.exec(text) ?? [];
	const known = KEYS.find((one) => one === key.toLowerCase());
	const bare = value.replace(/["“”「」＂]/gu, '').trim();
	return known === undefined || bare === '' ? undefined : { text, key: known, value: bare, negated: minus !== '' };
}

export const termsOf = (text: string): Term[] => pieces(text).flatMap((piece) => termOf(piece.text) ?? []);

/** Whether the search has this term, however it is written. */
export const hasTerm = (text: string, term: string): boolean => pieces(text).some((piece) => spelt(piece.text) === spelt(term));

/** The search with a term more. It stands before the words, whose last may still be the beginning of one. */
export function withTerm(text: string, term: string): string {
	if (hasTerm(text, term)) return text;
	const all = pieces(text.trimStart());
	const isTerm = (piece: Piece): boolean => termOf(piece.text) !== undefined;
	let at = all.findIndex((piece) => piece.kind !== 'space' && !isTerm(piece));
	if (at < 0) at = all.length;
	const before = joined(all.slice(0, at));
	const after = joined(all.slice(at));
	return `${before === '' ? '' : `${before.trimEnd()} `}${term} ${after}`;
}

/** The search without a term. */
export function withoutTerm(text: string, term: string): string {
	const left = pieces(text).filter((piece) => spelt(piece.text) !== spelt(term));
	return joined(left).replace(/\s+/gu, ' ').trimStart();
}

const joined = (all: Piece[]): string => all.map((piece) => piece.text).join('');

const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** The plain words of a search, when the cursor (in characters) stands in one and they may be somebody's name; else nothing. */
export function nameIn(text: string, at: number): string {
	const all = pieces(text);
	let end = 0;
	const here = all.find((piece) => (end += [...piece.text].length) >= at);
	if (here?.kind !== 'word') return '';
	const words = all.filter((piece) => piece.kind === 'word').map((piece) => piece.text);
	const name = words.join(' ');
	return words.length <= 4 && ([...name].length > 1 || CJK.test(name)) ? name : '';
}

/** Whether there is more in the search than plain words. */
export const hasMore = (text: string): boolean => pieces(text).some((piece) => piece.kind !== 'word' && piece.kind !== 'space');

/** The search with somebody in place of its plain words. */
export function withSender(text: string, email: string): string {
	const rest = joined(pieces(text).filter((piece) => piece.kind !== 'word')).replace(/\s+/gu, ' ').trim();
	return withTerm(rest, `from:${/\s/u.test(email) ? `"${email}"` : email}`);
}

/** What is typed where a completion would go. */
export const replaced = (text: string, { from, to }: Completions): string => [...text].slice(from, to).join('');

/** The text with a completion in its place, and where the cursor then stands. A whole term is followed by a space. */
export function completed(text: string, { from, to }: Completions, option: Completion): { text: string; at: number } {
	const characters = [...text];
	const [before, after] = [characters.slice(0, from).join(''), characters.slice(to).join('')];
	const gap = option.kind !== 'key' && !/^\s/u.test(after) ? ' ' : '';
	const done = before + option.text + gap;
	return { text: done + after, at: done.length + (option.kind !== 'key' && gap === '' ? 1 : 0) };
}
