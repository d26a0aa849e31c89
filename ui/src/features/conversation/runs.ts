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

/** Cuts `text`; `marks` is what `marker` made of the words to mark. */
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

/** Text in runs without addresses. */
export function mark(text: string, marks: RegExp | undefined, href?: string): Run[] {
	if (text === '') return [];
	if (marks === undefined) return [{ text, marked: false, href }];
	// One group: what matched stands at the odd places.
	return text
		.split(marks)
		.map((part, place) => ({ text: part, marked: place % 2 === 1, href }))
		.filter((run) => run.text !== '');
}
