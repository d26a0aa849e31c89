import { describe, expect, it } from 'vitest';
import { pieces, pointedAt } from './tokens';

const kinds = (text: string): string => pieces(text).map((piece) => `${piece.kind}:${piece.text}`).join('|');

describe('the colours of a search', () => {
	it('tell operators, phrases and what is left out from words', () => {
		expect(kinds('from:王 "tea set" -refund kettle')).toBe('operator:from:王|space: |phrase:"tea set"|space: |not:-refund|space: |word:kettle');
	});

	it('understand what an input method types', () => {
		expect(kinds('status：open “碎了”')).toBe('operator:status：open|space: |phrase:“碎了”');
	});

	it.each(['', ' ', '-', '"never closed', 'tag:"a b', 'https://x.test', 'is:', '🫖 -"x"', 'a  \t b', '"“'])('lose no character of %j', (text) => {
		expect(pieces(text).map((piece) => piece.text).join('')).toBe(text);
	});
});

describe('what an error points at', () => {
	it('is counted in characters, as the desk counts', () => {
		const text = '🫖茶 status:done';
		const { from, to } = pointedAt(text, 3, 11);
		expect(text.slice(from, to)).toBe('status:done');
	});

	it('stays inside the text', () => {
		expect(pointedAt('ab', 7, 3)).toEqual({ from: 2, to: 2 });
	});
});
