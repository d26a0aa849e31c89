/** What a source is doing, in words. */
import type { LinkPhase, Source } from '../../api/generated';
import { clockTime, number } from '../../i18n/format';
import { m } from '../../i18n/index.svelte';
import { problemSentence } from '../../shared/problems';

export interface LinkWords {
	state: string;
	/** What stands in the way, and what to do about it. */
	why?: string;
	/** Whether a new password would mend it. */
	wantsPassword: boolean;
	/** Whether a new authorisation at the provider would mend it. */
	wantsSignIn: boolean;
}

const PASSWORD = new Set(['password_refused', 'secret_missing']);
const SIGN_IN = new Set(['authorisation_expired', 'password_refused', 'secret_missing']);

export function linkWords(source: Pick<Source, 'link'>): LinkWords {
	const { phase } = source.link;
	return { state: stateWords(phase), ...whyWords(phase) };
}

function stateWords(phase: LinkPhase): string {
	switch (phase.phase) {
		case 'complete':
			return m.settings_link_archive();
		case 'paused':
			return m.settings_link_paused();
		case 'connecting':
			return m.settings_link_connecting();
		case 'filling':
			return fillingWords(phase);
		case 'live':
			return phase.pushed ? m.settings_link_live() : m.settings_link_polled();
		case 'offline':
			return m.settings_link_offline({ time: clockTime(phase.retry_at_ms) });
		case 'retrying':
			return m.settings_link_retrying({ time: clockTime(phase.retry_at_ms) });
		case 'stopped':
			return m.settings_link_stopped();
	}
}

function fillingWords({ done, total, seconds_left }: Extract<LinkPhase, { phase: 'filling' }>): string {
	const part = { done: number(done), total: number(total) };
	if (seconds_left === null) return m.settings_link_filling(part);
	return m.settings_link_filling_left({ ...part, minutes: number(Math.max(1, Math.ceil(seconds_left / 60))) });
}

function whyWords(phase: LinkPhase): Omit<LinkWords, 'state'> {
	if (phase.phase !== 'stopped' && phase.phase !== 'retrying') return { wantsPassword: false, wantsSignIn: false };
	return { why: problemSentence(phase.problem), wantsPassword: PASSWORD.has(phase.problem.code), wantsSignIn: SIGN_IN.has(phase.problem.code) };
}
