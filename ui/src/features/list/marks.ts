/** Cuts a line at its marks. Marks out of order, overlapping or outside of the line are put right, never trusted. */
import type { Excerpt } from '../../api/generated';

/** A line with every place marked where one of the words (lower case) stands. */
export function marked(text: string, words: string[]): Excerpt {
	const low = text.toLowerCase();
	// A letter whose lower case is longer would shift what comes behind it.
	if (low.length !== text.length) return { text, marks: [] };
	return { text, marks: words.filter((word) => word !== '').flatMap((word) => placesOf(low, word)) };
}

function placesOf(text: string, word: string): [number, number][] {
	const places: [number, number][] = [];
	for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) places.push([at, word.length]);
	return places;
}

export interface Piece {
	text: string;
	marked: boolean;
}

export function pieces({ text, marks }: Excerpt): Piece[] {
	const found: Piece[] = [];
	let at = 0;
	for (const [start, length] of [...marks].sort(([a], [b]) => a - b)) {
		const from = Math.max(start, at);
		const to = Math.min(start + length, text.length);
		if (to <= from) continue;
		found.push({ text: text.slice(at, from), marked: false }, { text: text.slice(from, to), marked: true });
		at = to;
	}
	found.push({ text: text.slice(at), marked: false });
	return found.filter((piece) => piece.text !== '');
}
