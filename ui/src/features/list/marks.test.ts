import { describe, expect, it } from 'vitest';
import { pieces } from './marks';

const drawn = (text: string, marks: [number, number][]): string =>
	pieces({ text, marks }).map((piece) => (piece.marked ? `[${piece.text}]` : piece.text)).join('');

describe('marks', () => {
	it('are drawn where they lie, counted as the window counts', () => {
		expect(drawn('退款 for the 🫖 kettle', [[0, 2], [14, 6]])).toBe('[退款] for the 🫖 [kettle]');
	});

	it('that overlap, leave the line or come out of order are put right', () => {
		expect(drawn('abcdef', [[3, 2], [0, 2], [1, 3], [5, 99], [40, 2]])).toBe('[ab][cd][e][f]');
	});
});
