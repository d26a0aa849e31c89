/**
 * The pieces of a search as it is typed, to colour and to put terms in and out: the desk alone says what a query means. Every character
 * is in exactly one piece, so that the coloured text lies exactly over the typed one.
 */

export interface Piece {
	text: string;
	kind: 'space' | 'word' | 'operator' | 'phrase' | 'not';
}

/** What may stand before a colon, the likeliest first. */
export const KEYS = ['status', 'is', 'tag', 'from', 'waiting', 'updated', 'priority', 'has', 'channel', 'lang', 'source', 'after', 'before'] as const;
export type Key = (typeof KEYS)[number];

const QUOTES = '"“”「」＂';
const QUOTED = `[${QUOTES}][^${QUOTES}]*[${QUOTES}]?`;
const PIECE = new RegExp(`(\\s+)|([-－]?)((?:${KEYS.join('|')})[:：](?:${QUOTED}|\\S*))|([-－]?)(${QUOTED})|(\\S+)`, 'giu');

export function pieces(text: string): Piece[] {
	return [...text.matchAll(PIECE)].map(([whole, space, notOperator, operator, notPhrase, phrase]) => {
		if (space !== undefined) return { text: whole, kind: 'space' };
		if (operator !== undefined) return { text: whole, kind: notOperator ? 'not' : 'operator' };
		if (phrase !== undefined) return { text: whole, kind: notPhrase ? 'not' : 'phrase' };
		return { text: whole, kind: whole.length > 1 && /^[-－]/u.test(whole) ? 'not' : 'word' };
	});
}

/** The part an error points at, which counts characters as people do, as a range of the text as the window counts. */
export function pointedAt(text: string, at: number, length: number): { from: number; to: number } {
	const characters = [...text];
	const from = characters.slice(0, at).join('').length;
	return { from, to: from + characters.slice(at, at + Math.max(1, length)).join('').length };
}
