/**
 * A person's text cut into runs: plain, marked because a search found it, or an address that can be opened.
 * The runs joined are the text; nothing in it is ever taken for markup.
 */

export interface Run {
	text: string;
	marked: boolean;
	/** The address this run opens, if it is one. */
	href: string | undefined;
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`，。；：！？、（）《》“”‘’]+/giu;
/** What ends a sentence rather than an address. */
const TRAILING = /[.,;:!?)\]}]+$/;

/** Cuts `text`; `marks` is what [`marker`] made of the words to mark. */
export function runs(text: string, marks: RegExp | undefined): Run[] {
	const found: Run[] = [];
	let from = 0;
	for (const match of text.matchAll(ADDRESS)) {
		const href = match[0].replace(TRAILING, '');
		found.push(...mark(text.slice(from, match.index), marks, undefined), ...mark(href, marks, href));
		from = match.index + href.length;
	}
	found.push(...mark(text.slice(from), marks, undefined));
	return found;
}

function mark(text: string, marks: RegExp | undefined, href: string | undefined): Run[] {
	if (text === '') return [];
	if (marks === undefined) return [{ text, marked: false, href }];
	// One group: what matched stands at the odd places.
	return text
		.split(marks)
		.map((part, place) => ({ text: part, marked: place % 2 === 1, href }))
		.filter((run) => run.text !== '');
}

const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** What finds the words in a text, or `undefined` without words. A Latin word matches from its start, with its endings; a CJK one anywhere. */
export function marker(words: string[]): RegExp | undefined {
	const patterns = words
		.filter((word) => word.trim() !== '')
		.toSorted((a, b) => b.length - a.length)
		.map((word) => (CJK.test(word) ? escape(word) : `(?<![\\p{L}\\p{N}])${escape(stem(word))}\\p{L}{0,3}`));
	return patterns.length === 0 ? undefined : new RegExp(`(${patterns.join('|')})`, 'giu');
}

/** The search finds `refunds` by `refund` and the other way round, and so do the marks. */
function stem(word: string): string {
	return word.length > 5 ? word.replace(/(ing|ed|es|s)$/u, '') : word;
}

const escape = (word: string): string => word.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
