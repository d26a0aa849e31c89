/** A message's text: cut, marked, parted and counted, whatever it holds. */
import { describe, expect, it } from 'vitest';
import { lines, paragraphs, piece } from './pieces';
import { marker } from '../../shared/marker';
import { runs } from './runs';

const marked = (text: string, ...words: string[]): string =>
	runs(text, marker(words)).map((run) => (run.marked ? `[${run.text}]` : run.text)).join('');
const links = (text: string): string[] => runs(text, undefined).flatMap((run) => (run.href === undefined ? [] : [run.href]));

describe('runs', () => {
	it('joined are the text', () => {
		const text = 'See https://a.example/x?y=1, or 退款 here. <b>no</b>';
		expect(runs(text, marker(['退款', 'here'])).map((run) => run.text).join('')).toBe(text);
	});

	it('mark a Latin word from its start, with its endings, and a Chinese one anywhere', () => {
		expect(marked('Refund, refunded, prerefund', 'refund')).toBe('[Refund], [refunded], prerefund');
		expect(marked('两次退款没到', '退款')).toBe('两次[退款]没到');
	});

	it('mark what the search finds by another ending', () => {
		expect(marked('one refund', 'refunds')).toBe('one [refund]');
	});

	it('take no word for a pattern', () => {
		expect(marked('a.c abc (x) [y]', 'a.c', '(x)')).toContain('[a.c] abc');
	});

	it('find addresses and leave the end of a sentence outside', () => {
		expect(links('Go to https://a.example/b. Or（http://c.example）。')).toEqual(['https://a.example/b', 'http://c.example']);
	});

	it('open nothing but the web', () => {
		expect(links('javascript:alert(1) file:///etc/passwd data:text/html,x')).toEqual([]);
	});
});

describe('a piece', () => {
	it('of a short text is the text', () => {
		expect(piece('abc', 10)).toBe('abc');
	});

	it('ends at a line where one is near', () => {
		expect(piece('one\ntwo\nthree four', 12)).toBe('one\ntwo\n');
	});

	it('never ends inside a character', () => {
		expect(piece('😀😀😀', 3)).toBe('😀');
	});

	it('of ten megabytes is made at once', () => {
		expect(piece('字'.repeat(10_000_000), 12_000)).toHaveLength(12_000);
	});
});

describe('paragraphs', () => {
	it('part at blank lines and keep single line ends', () => {
		expect(paragraphs('\r\nHello,\r\nthere\r\n\r\n \r\nBye\r\n')).toEqual(['Hello,\nthere', 'Bye']);
	});

	it('keep the indentation of the first line', () => {
		expect(paragraphs('  a\nb')).toEqual(['  a\nb']);
	});

	it('of nothing are none', () => {
		expect(paragraphs(' \n\n ')).toEqual([]);
	});
});

it('lines are counted as a person would', () => {
	expect([lines(''), lines('a'), lines('\na\nb\n\n')]).toEqual([0, 1, 2]);
});
