/** The dashboard's figures as names of lists. */
import type { Figure } from '../api/generated';
import { clockTime, day } from '../i18n/format';
import { m } from '../i18n/index.svelte';

const DAY = 24 * 60 * 60 * 1000;

/** What a list of the tickets behind a figure is called. */
export function figureTitle(figure: Figure, now: number): string {
	switch (figure.kind) {
		case 'queue':
			return m.figure_queue();
		case 'over_target':
			return m.figure_over_target();
		case 'urgent':
			return m.figure_urgent();
		case 'arrived':
			return m.figure_arrived({ time: span(figure.from_ms, figure.to_ms, now) });
		case 'answered':
			return m.figure_answered({ time: span(figure.from_ms, figure.to_ms, now) });
	}
}

/** `10:00–11:00`, `today`, or from a day on. */
function span(from: number, to: number, now: number): string {
	const midnight = new Date(now).setHours(0, 0, 0, 0);
	if (from >= midnight && to - from < DAY / 2) return `${clockTime(from)}–${clockTime(to)}`;
	if (from >= midnight) return m.figure_today();
	return m.figure_since({ day: day(from, now) });
}
