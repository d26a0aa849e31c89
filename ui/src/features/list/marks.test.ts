import { describe, expect, it } from 'vitest';
import { fromMark, marked, pieces } from './marks';

const drawn = (text: string, marks: [number, number][]): string =>
	pieces({ text, marks }).map((piece) => (piece.marked ? `[${piece.text}]` : piece.text)).join('');

describe('marks', () => {
	it('are drawn where they lie, counted as the window counts', () => {
		expect(drawn('退款 for the 🫖 kettle', [[0, 2], [14, 6]])).toBe('[退款] for the 🫖 [kettle]');
	});

	it('stand at every place of every word', () => {
		expect(marked('Kettle, kettle 茶壶', ['kettle', '茶'])).toEqual({ text: 'Kettle, kettle 茶壶', marks: [[0, 6], [8, 6], [15, 1]] });
		expect(marked('İx', ['x'])).toEqual({ text: 'İx', marks: [] });
	});

	it('are brought near the beginning, whatever stands before them', () => {
		const near = (text: string, word: string): string => {
			const { text: shown, marks } = fromMark({ text, marks: [[text.indexOf(word), word.length]] });
			return pieces({ text: shown, marks }).map((piece) => (piece.marked ? `[${piece.text}]` : piece.text)).join('');
		};
		expect(near('单子刚刚交给快递，我已经发了拦截；拦到就直接退款，拦不到', '退款')).toBe('…截；拦到就直接[退款]，拦不到');
		expect(near('Dear Tom, I asked for a refund of the kettle', 'refund')).toBe('…I asked for a [refund] of the kettle');
		expect(near('a refund', 'refund')).toBe('a [refund]');
		expect(fromMark({ text: 'none', marks: [] })).toEqual({ text: 'none', marks: [] });
	});

	it('that overlap, leave the line or come out of order are put right', () => {
		expect(drawn('abcdef', [[3, 2], [0, 2], [1, 3], [5, 99], [40, 2]])).toBe('[ab][cd][e][f]');
	});
});
