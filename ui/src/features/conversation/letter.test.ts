/** What is heard from a letter's frame: nothing but its own, and only what has the right shape. */
import { describe, expect, it } from 'vitest';
import { MAX_HEIGHT, MIN_HEIGHT, scrollStep, told } from './letter';

const frame = {} as Window;
const said = (data: unknown, source: Window | null = frame): MessageEvent => ({ data, source }) as MessageEvent;

describe('a letter', () => {
	it('tells its height, within bounds', () => {
		expect(told(said({ height: 512.2 }), frame)).toEqual({ kind: 'height', height: 513 });
		expect(told(said({ height: 1e12 }), frame)).toEqual({ kind: 'height', height: MAX_HEIGHT });
		expect(told(said({ height: -5 }), frame)).toEqual({ kind: 'height', height: MIN_HEIGHT });
	});

	it.each([[null], [7], ['x'], [{}], [{ height: 'NaN' }], [{ height: NaN }], [{ height: Infinity }], [{ href: 7 }], [{ href: 'x'.repeat(9000) }], [{ key: '' }], [{ key: {} }]])(
		'that says %j is not heard',
		(data) => {
			expect(told(said(data), frame)).toBeUndefined();
		},
	);

	it('is not heard from another window, nor from none', () => {
		expect(told(said({ height: 9 }, {} as Window), frame)).toBeUndefined();
		expect(told(said({ height: 9 }, null), frame)).toBeUndefined();
		expect(told(said({ height: 9 }, null), null)).toBeUndefined();
		expect(told(said({ height: 9 }), undefined)).toBeUndefined();
	});

	it('tells a link with its text', () => {
		expect(told(said({ href: 'https://x.example', text: 'x' }), frame)).toEqual({ kind: 'link', href: 'https://x.example', text: 'x' });
		expect(told(said({ href: 'https://x.example', text: {} }), frame)).toEqual({ kind: 'link', href: 'https://x.example', text: undefined });
	});

	it('tells where its marks are, and only where it can have any', () => {
		expect(told(said({ marks: [14, 53.4, -1, NaN, 'x', 1e9] }), frame)).toEqual({ kind: 'marks', tops: [14, 53] });
		expect(told(said({ marks: Array.from({ length: 9_000 }, () => 1) }), frame)).toMatchObject({ tops: { length: 500 } });
		expect(told(said({ marks: 'all' }), frame)).toBeUndefined();
	});

	it('passes keys on, and only what a key is', () => {
		expect(told(said({ key: 'j', ctrlKey: 'yes', shiftKey: true }), frame)).toMatchObject({ kind: 'key', init: { key: 'j', ctrlKey: false, shiftKey: true } });
	});
});

it('a key that scrolls moves the pane around the letter, and no other does', () => {
	expect(scrollStep({ key: 'ArrowDown' }, 500)).toBe(40);
	expect(scrollStep({ key: ' ', shiftKey: true }, 500)).toBe(-460);
	expect(scrollStep({ key: 'j' }, 500)).toBeUndefined();
	expect(scrollStep({ key: 'ArrowDown', ctrlKey: true }, 500)).toBeUndefined();
});
