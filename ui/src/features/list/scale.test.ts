import { describe, expect, it } from 'vitest';
import { atWrongEnd, barAt, barHeight, TALLEST, topAfter } from './scale';

const short = { all: 5_200_000, view: 700 };
const tall = { all: 950_000 * 52, view: 700 };

describe('a list that the web view can lay out', () => {
	it('is scrolled as far as its bar', () => {
		expect(barHeight(short)).toBe(5_200_000);
		expect(barAt(short, 12_345)).toBe(12_345);
		expect(topAfter(short, 0, 0, 4_000_000)).toBe(4_000_000);
	});
});

describe('a taller list', () => {
	it('is moved pixel by pixel by small steps', () => {
		expect(barHeight(tall)).toBe(TALLEST);
		expect(topAfter(tall, 30_000_000, 5_000_000, 5_000_100)).toBe(30_000_100);
		expect(topAfter(tall, 30_000_000, 5_000_000, 4_999_900)).toBe(29_999_900);
	});

	it('is leapt through by a leap of the bar, from its first row to its last', () => {
		expect(topAfter(tall, 0, 0, TALLEST - 700)).toBe(tall.all - 700);
		expect(topAfter(tall, tall.all - 700, TALLEST - 700, 0)).toBe(0);
		expect(topAfter(tall, 0, 0, (TALLEST - 700) / 2)).toBeCloseTo((tall.all - 700) / 2);
	});

	it('never leaves its ends', () => {
		expect(topAfter(tall, 100, 1_000, 800)).toBe(0);
		expect(topAfter(tall, tall.all - 800, 4_000_000, 4_000_400)).toBe(tall.all - 700);
	});

	it('has its bar set right before the bar comes to an end that the list has not', () => {
		expect(atWrongEnd(tall, 30_000_000, 300)).toBe(true);
		expect(atWrongEnd(tall, 0, 0)).toBe(false);
		expect(atWrongEnd(tall, 30_000_000, 4_000_000)).toBe(false);
	});
});
