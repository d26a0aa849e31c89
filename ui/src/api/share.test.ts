import { describe, expect, it } from 'vitest';
import { share } from './share';

describe('an answer that says the same again', () => {
	it('is the very same object', () => {
		const old = { rows: [{ id: '1', tags: [{ id: 'x' }] }, { id: '2', tags: [] }], next: null };
		expect(share(old, structuredClone(old))).toBe(old);
	});

	it('keeps the rows that only moved', () => {
		const old = [{ row: { id: '1', n: 1 } }, { row: { id: '2', n: 2 } }];
		const next = share(old, [{ row: { id: '3', n: 3 } }, ...structuredClone(old)]);
		expect(next[1]).toBe(old[0]);
		expect(next[2]).toBe(old[1]);
	});

	it('is new where it differs, and only there', () => {
		const old = { a: { n: 1 }, b: { n: 2 } as { n: number; extra?: number } };
		const next = share(old, { a: { n: 1 }, b: { n: 2, extra: 3 } });
		expect(next.a).toBe(old.a);
		expect(next.b).toEqual({ n: 2, extra: 3 });
		expect(share({ a: 1, b: 2 }, { a: 1 })).toEqual({ a: 1 });
	});
});
