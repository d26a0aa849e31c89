import { beforeEach, describe, expect, it } from 'vitest';
import { bytes, duration, moment, number, shortDuration, shortMoment } from './format';
import { setLanguage } from './index.svelte';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = new Date(2026, 2, 11, 14, 30).getTime();

describe('in English', () => {
	beforeEach(() => setLanguage('en'));

	it('says how long as people write it', () => {
		expect([0, 59_000, 12 * MINUTE, HOUR, 72 * MINUTE, 30 * HOUR, -5].map(duration)).toEqual(['0 m', '0 m', '12 m', '1 h', '1 h 12 m', '1 d', '0 m']);
	});

	it('leaves the minutes out of many hours where there is little room', () => {
		expect([72 * MINUTE, 11 * HOUR + 5 * MINUTE].map(shortDuration)).toEqual(['1 h 12 m', '11 h']);
	});

	it('says when', () => {
		expect(moment(NOW - HOUR, NOW)).toBe('Today 13:30');
		expect(moment(NOW - 24 * HOUR, NOW)).toBe('Yesterday 14:30');
		expect(moment(NOW - 2 * 24 * HOUR, NOW)).toBe('Mon 14:30');
		expect(shortMoment(new Date(2025, 9, 4).getTime(), NOW)).toBe('4 Oct 2025');
	});

	it('writes numbers and sizes', () => {
		expect([number(128_406), bytes(84_120), bytes(1_800_000), bytes(0)]).toEqual(['128,406', '84 kB', '1.8 MB', '0 B']);
	});
});

describe('in Chinese', () => {
	beforeEach(() => setLanguage('zh-CN'));

	it('says how long and when', () => {
		expect([12 * MINUTE, 72 * MINUTE, 3 * 24 * HOUR].map(duration)).toEqual(['12 分', '1 小时 12 分', '3 天']);
		expect(moment(NOW - HOUR, NOW)).toBe('今天 13:30');
		expect(shortMoment(NOW - 2 * 24 * HOUR, NOW)).toBe('周一');
	});
});
