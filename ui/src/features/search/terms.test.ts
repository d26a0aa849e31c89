import { describe, expect, it } from 'vitest';
import type { Completion, Completions } from '../../api/generated';
import { completed, hasMore, hasTerm, nameIn, termOf, withoutTerm, withSender, withTerm } from './terms';

const option = (kind: Completion['kind'], text: string): Completion => ({ kind, text, label: '', tickets: null });
const at = (from: number, to: number): Completions => ({ from, to, options: [] });

describe('a term', () => {
	it('is put before the words, whose last may still be the beginning of one', () => {
		expect(withTerm('refun', 'status:open')).toBe('status:open refun');
		expect(withTerm('tag:late refun', '-lang:zh')).toBe('tag:late -lang:zh refun');
		expect(withTerm('', 'is:vip')).toBe('is:vip ');
	});

	it('is there once, however it is written', () => {
		expect(withTerm('TAG：“VIP 客户” x', 'tag:"vip 客户"')).toBe('TAG：“VIP 客户” x');
		expect(hasTerm('－status：open', '-status:open')).toBe(true);
		expect(hasTerm('-status:open', 'status:open')).toBe(false);
	});

	it('is taken out and leaves the rest as it was', () => {
		expect(withoutTerm('status:open tag:"too late" refun', 'tag:"too late"')).toBe('status:open refun');
		expect(withoutTerm('status:open', 'status:open')).toBe('');
	});

	it('is told from a word with a colon', () => {
		expect(termOf('https://x.test')).toBeUndefined();
		expect(termOf('tag:')).toBeUndefined();
		expect(termOf('-tag:"too late"')).toEqual({ text: '-tag:"too late"', key: 'tag', value: 'too late', negated: true });
	});
});

describe('somebody meant by plain words', () => {
	it('is asked for by all of them, and only while the cursor is in one', () => {
		expect(nameIn('lin jing', 8)).toBe('lin jing');
		expect(nameIn('status:open 林', 13)).toBe('林');
		expect(nameIn('status:open lin', 4)).toBe('');
		expect(nameIn('"lin jing"', 5)).toBe('');
		expect(nameIn('l', 1)).toBe('');
		expect(nameIn('one two three four five', 3)).toBe('');
	});

	it('takes the place of the words where more was asked for', () => {
		expect([hasMore('lin jing'), hasMore('is:vip lin')]).toEqual([false, true]);
		expect(withSender('is:vip lin jing', 'lin@mail.example')).toBe('is:vip from:lin@mail.example ');
	});
});

describe('a completion', () => {
	it('takes its place, counted in characters, and is followed by a space when it is whole', () => {
		expect(completed('🫖 sta', at(2, 5), option('key', 'status:'))).toEqual({ text: '🫖 status:', at: 10 });
		expect(completed('status:op', at(7, 9), option('value', 'open'))).toEqual({ text: 'status:open ', at: 12 });
	});

	it('in the middle leaves what stands behind it', () => {
		expect(completed('tag:la kettle', at(4, 6), option('tag', 'late'))).toEqual({ text: 'tag:late kettle', at: 9 });
	});
});
