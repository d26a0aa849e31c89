import { beforeEach, describe, expect, it } from 'vitest';
import type { LinkPhase } from '../api/generated';
import { setLanguage } from '../i18n/index.svelte';
import { problem } from './testing/fakeDesk';
import { linkWords } from './linkWords';

const NOW = 1_000_000;
const say = (phase: LinkPhase): string => linkWords({ source: '1', name: 'care@', as_of_ms: null, phase }, NOW);

const phases: LinkPhase[] = [
	{ phase: 'paused' },
	{ phase: 'connecting' },
	{ phase: 'filling', done: 0, total: 0, seconds_left: null },
	{ phase: 'filling', done: 81_200, total: 128_406, seconds_left: 238 },
	{ phase: 'filling', done: 128_000, total: 128_406, seconds_left: 12 },
	{ phase: 'live', pushed: true },
	{ phase: 'live', pushed: false },
	{ phase: 'offline', retry_at_ms: NOW + 40_000 },
	{ phase: 'offline', retry_at_ms: NOW - 1 },
	{ phase: 'retrying', problem: problem('line_dropped', { host: 'imap.x.test' }), retry_at_ms: NOW + 180_000 },
	{ phase: 'stopped', problem: problem('password_refused', { host: 'imap.x.test', account: 'care@' }) },
];

describe('a source says what it is doing', () => {
	beforeEach(() => setLanguage('en'));

	it('in English', () => {
		expect(phases.map(say)).toEqual([
			'care@ paused',
			'care@ connecting',
			'care@ counting mail',
			'care@ reading mail, 81,200 of 128,406, about 4 m',
			'care@ reading mail, 128,000 of 128,406, less than a minute',
			'care@ live',
			'care@ checked every minute',
			'care@ offline, retry in 40 s',
			'care@ offline, retrying',
			'care@: The line to imap.x.test dropped. Retry in 3 m',
			'care@ stopped: imap.x.test refuses this name or password.',
		]);
	});

	it('in Chinese, with nothing left in English', () => {
		setLanguage('zh-CN');
		for (const words of phases.map(say)) expect(words.replace(/care@|imap\.x\.test|[\d,]/g, '')).not.toMatch(/[A-Za-z]/);
	});

	it('in Chinese, with a space between a figure and its word and none between sentences', () => {
		setLanguage('zh-CN');
		expect(say(phases[7]!)).toBe('care@ 离线，40 秒后重试');
		expect(say(phases[9]!)).toMatch(/断了。3 分后重试$/);
	});
});
