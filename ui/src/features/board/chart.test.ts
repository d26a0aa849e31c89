import { describe, expect, it } from 'vitest';
import type { BoardHour } from '../../api/generated';
import { columns, nowAt, scale, step } from './chart';

const HOUR = 3_600_000;
const hours = (...arrived: number[]): BoardHour[] =>
	arrived.map((count, at) => ({ from_ms: at * HOUR, to_ms: (at + 1) * HOUR, arrived: count, answered: 0 }));

describe('the scale', () => {
	it('steps by one, two or five times a power of ten', () => {
		expect([1, 4, 5, 9, 17, 60, 130, 900].map(step)).toEqual([1, 1, 2, 5, 5, 20, 50, 500]);
	});

	it('reaches the longest bar, in few lines, and has some height on an empty day', () => {
		for (const most of [0, 1, 7, 19, 20, 21, 99, 1_234]) {
			const lines = scale(hours(most));
			expect(lines.at(-1)).toBeGreaterThanOrEqual(most);
			expect(lines.length).toBeGreaterThan(1);
			expect(lines.length).toBeLessThanOrEqual(6);
		}
	});
});

describe('the columns', () => {
	it('stand in their hour, inside of the picture, as high as their share of the scale', () => {
		const drawn = columns(hours(0, 10, 20), 300, 200);
		for (const [at, column] of drawn.entries()) {
			expect(column.arrived.x).toBeGreaterThanOrEqual(at * 100);
			expect(column.answered.x + column.answered.width).toBeLessThanOrEqual((at + 1) * 100);
		}
		expect(drawn.map((column) => column.arrived.height)).toEqual([0, 100, 200]);
		expect(drawn[2]?.arrived.y).toBe(0);
	});

	it('show one mail even beside a thousand', () => {
		expect(columns(hours(1, 1_000), 100, 50)[0]?.arrived.height).toBe(1);
	});

	it('label fewer hours where there is little room', () => {
		const labelled = (width: number): number => columns(hours(...Array<number>(24).fill(1)), width, 50).filter((column) => column.labelled).length;
		expect([960, 600, 300].map(labelled)).toEqual([24, 12, 6]);
	});
});

it('now stands where it is in the day, and nowhere on another day', () => {
	expect(nowAt(hours(0, 0, 0, 0), 1.5 * HOUR)).toBe(0.375);
	expect(nowAt(hours(0, 0), 5 * HOUR)).toBeUndefined();
});
