import { describe, expect, it } from 'vitest';
import { isAddress, parseAddresses, written } from './addresses';

const parsed = (text: string): string[] => parseAddresses(text).map(written);

describe('a list of addresses', () => {
	it('is read with names, commas, semicolons and lines, in both scripts', () => {
		expect(parsed('Lin <lin@mail.example>, bob@x.example; 王志远 <wang@y.example>，c@z.example\n d@z.example')).toEqual([
			'Lin <lin@mail.example>', 'bob@x.example', '王志远 <wang@y.example>', 'c@z.example', 'd@z.example',
		]);
	});

	it('keeps a comma inside a quoted name', () => {
		expect(parsed('"Reid, Tom" <tom@x.example>, a@x.example')).toEqual(['Reid, Tom <tom@x.example>', 'a@x.example']);
	});

	it('separates bare addresses by spaces, but leaves other words together', () => {
		expect(parsed('a@x.example b@x.example')).toEqual(['a@x.example', 'b@x.example']);
		expect(parsed('not an address')).toEqual(['not an address']);
	});

	it('names each address once, whatever its case', () => {
		expect(parsed('A@x.example, a@X.example')).toEqual(['A@x.example']);
	});

	it('of ten thousand is read at once, and an unclosed mark swallows no more than its line', () => {
		expect(parseAddresses(Array.from({ length: 10_000 }, (_, n) => `p${n}@list.example`).join(', '))).toHaveLength(10_000);
		expect(parsed('"open <a@x.example\nb@x.example')).toContain('b@x.example');
	});
});

describe('an address', () => {
	it.each(['lin@mail.example', 'a.b+c@sub.host.example', '用户@例子.中国', 'me@localhost'])('%s is one', (email) => expect(isAddress({ name: '', email })).toBe(true));
	it.each(['', 'lin', 'lin@', '@mail.example', 'a b@x.example', 'a@b', 'a@@x.example', 'a@x..example', 'a,b@x.example'])('"%s" is none', (email) =>
		expect(isAddress({ name: '', email })).toBe(false),
	);
});
