/** Times and shares as a board shows them. */
import { duration, number } from '../../i18n/format';
import { m } from '../../i18n/index.svelte';

const SECOND = 1_000;
const HOUR = 3_600_000;

/** `4:12` while seconds matter, then `1 h 12 m`: for what is still running. */
export function running(ms: number): string {
	const whole = Math.max(0, Math.floor(ms / SECOND));
	if (ms >= HOUR) return duration(ms);
	return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** A time that was taken: `40 s`, `12 m`, `1 h 12 m`. */
export const taken = (ms: number): string =>
	ms < 60 * SECOND ? m.board_seconds({ seconds: number(Math.max(0, Math.round(ms / SECOND))) }) : duration(ms);

/** A share in whole per cent, or nothing to divide by. */
export const share = (part: number, all: number): string | undefined => (all === 0 ? undefined : `${Math.round((part / all) * 100)}%`);
