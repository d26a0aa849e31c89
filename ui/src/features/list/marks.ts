/** Cuts a line at its marks. Marks out of order, overlapping or outside of the line are put right, never trusted. */
import type { Excerpt } from '../../api/generated';

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
