/** What a source is doing, always in words. */
import type { LinkPhase, LinkState } from '../api/generated';
import { duration, number } from '../i18n/format';
import { m } from '../i18n/index.svelte';
import { problemTitle } from './problems';

/** The mark beside the words: nothing is wrong, it is behind, or it needs a person. */
export type Health = 'well' | 'quiet' | 'behind' | 'failed';

const healths: Record<LinkPhase['phase'], Health> = {
	paused: 'quiet',
	connecting: 'quiet',
	filling: 'well',
	live: 'well',
	complete: 'well',
	offline: 'quiet',
	retrying: 'behind',
	stopped: 'failed',
};

export const health = (link: LinkState): Health => healths[link.phase.phase];

/** One line that says what the source is doing. */
export function linkWords({ name, phase }: LinkState, now: number): string {
	switch (phase.phase) {
		case 'complete':
			return m.link_complete({ name });
		case 'paused':
			return m.link_paused({ name });
		case 'connecting':
			return m.link_connecting({ name });
		case 'filling':
			return fillingWords(name, phase.done, phase.total, phase.seconds_left);
		case 'live':
			return phase.pushed ? m.link_live({ name }) : m.link_polled({ name });
		case 'offline':
			return phase.retry_at_ms > now ? m.link_offline({ name, time: until(phase.retry_at_ms, now) }) : m.link_offline_now({ name });
		case 'retrying': {
			const why = problemTitle(phase.problem);
			return phase.retry_at_ms > now ? m.link_retrying({ name, why, time: until(phase.retry_at_ms, now) }) : m.link_retrying_now({ name, why });
		}
		case 'stopped':
			return m.link_stopped({ name, why: problemTitle(phase.problem) });
		default:
			return phase satisfies never;
	}
}

function fillingWords(name: string, done: number, total: number, secondsLeft: number | null): string {
	if (total === 0) return m.link_filling_start({ name });
	const progress = { name, done: number(done), total: number(total) };
	if (secondsLeft === null) return m.link_filling(progress);
	if (secondsLeft < 60) return m.link_filling_soon({ ...progress, left: m.time_less_minute() });
	return m.link_filling_left({ ...progress, left: duration(Math.round(secondsLeft / 60) * 60_000) });
}

/** Time to a moment: seconds under a minute, which is where they matter. */
function until(at: number, now: number): string {
	const seconds = Math.max(1, Math.ceil((at - now) / 1000));
	return seconds < 60 ? m.link_seconds({ seconds: number(seconds) }) : duration(at - now);
}
