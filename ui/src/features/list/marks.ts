/** Cuts a line at its marks. Marks out of order, overlapping or outside of the line are put right, never trusted. */
import type { Excerpt } from '../../api/generated';
import { marker } from '../../shared/marker';

/** So much may stand before the first mark; a CJK character takes twice the room of a letter. */
const LEAD = 14;
const WIDE = /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]/;

/** The line begun so late that its first mark is seen even where there is little room. */
export function fromMark({ text, marks }: Excerpt): Excerpt {
	const first = Math.min(...marks.map(([at]) => at));
	if (!Number.isFinite(first)) return { text, marks };
	const lead = [...text.slice(0, first)];
	let room = LEAD;
	let kept = '';
	for (let letter = lead.pop(); letter !== undefined; letter = lead.pop()) {
		room -= WIDE.test(letter) ? 2 : 1;
		if (room < 0) return cut(text, marks, first - kept.length);
		kept = letter + kept;
	}
	return { text, marks };
}

function cut(text: string, marks: Excerpt['marks'], from: number): Excerpt {
	return { text: `…${text.slice(from)}`, marks: marks.map(([at, length]) => [at - from + 1, length]) };
}

/** A line with every place marked where one of the words (lower case) stands. */
export function marked(text: string, words: readonly string[]): Excerpt {
	const found = markerOf(words);
	if (found === undefined) return { text, marks: [] };
	return { text, marks: [...text.matchAll(found)].map((hit): [number, number] => [hit.index, hit[0].length]) };
}

/** Every row of a list is marked by the same words. */
const made = new WeakMap<readonly string[], { found: RegExp | undefined }>();

function markerOf(words: readonly string[]): RegExp | undefined {
	const known = made.get(words) ?? { found: marker(words) };
	made.set(words, known);
	return known.found;
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
