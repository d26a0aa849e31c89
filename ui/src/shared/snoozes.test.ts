import { expect, it } from 'vitest';
import { snoozes } from './snoozes';

it('tomorrow is nine in the morning of the next day, and never more than a day off', () => {
	const minutes = (now: Date): number => snoozes(now.getTime()).find((one) => one.name === 'tomorrow')?.minutes ?? 0;
	expect(minutes(new Date(2026, 2, 3, 18, 0))).toBe(15 * 60);
	expect(minutes(new Date(2026, 2, 3, 8, 0)), 'more than a day off').toBe(0);
	expect(minutes(new Date(2026, 2, 3, 9, 0))).toBe(24 * 60);
	expect(minutes(new Date(2026, 11, 31, 23, 30))).toBe(9.5 * 60);
});
