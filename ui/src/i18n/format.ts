/** Numbers, dates and durations in the language of the interface. Formatters are dear to make, so each is made once. */
import { locale, m } from './index.svelte';

const cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
	return cached('n', options, (tag) => new Intl.NumberFormat(tag, options)) as Intl.NumberFormat;
}

function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
	return cached('d', options, (tag) => new Intl.DateTimeFormat(tag, options)) as Intl.DateTimeFormat;
}

function cached<T extends Intl.NumberFormat | Intl.DateTimeFormat>(kind: string, options: object, make: (tag: string) => T): T {
	// British English: 24 hours and the day before the month, as the design writes them.
	const tag = locale() === 'en' ? 'en-GB' : locale();
	const key = kind + tag + JSON.stringify(options);
	const found = cache.get(key) ?? make(tag);
	cache.set(key, found);
	return found as T;
}

/** `128,406` */
export const number = (value: number): string => numbers({}).format(value);

/** `84 kB`, `1.8 MB` */
export function bytes(value: number): string {
	const units = ['B', 'kB', 'MB', 'GB', 'TB'];
	let at = 0;
	let rest = value;
	while (rest >= 1000 && at < units.length - 1) {
		rest /= 1000;
		at += 1;
	}
	const digits = at >= 2 && rest < 100 ? 1 : 0;
	return `${numbers({ maximumFractionDigits: digits }).format(rest)} ${units[at]}`;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `12 m`, `1 h 12 m`, `3 d`; 中文 `12 分`, `1 小时 12 分`, `3 天`. Never negative, never seconds. */
export function duration(ms: number): string {
	const minutes = Math.max(0, Math.floor(ms / MINUTE));
	if (minutes < 60) return m.time_minutes({ minutes: number(minutes) });
	const hours = Math.floor(minutes / 60);
	if (hours >= 24) return m.time_days({ days: number(Math.floor(hours / 24)) });
	const rest = minutes % 60;
	if (rest === 0) return m.time_hours({ hours: number(hours) });
	return m.time_hours_minutes({ hours: number(hours), minutes: number(rest) });
}

/** Time in a list where there is little room: as [`duration`], but without the minutes after some hours. */
export function shortDuration(ms: number): string {
	return ms >= 10 * HOUR && ms < DAY ? duration(Math.floor(ms / HOUR) * HOUR) : duration(ms);
}

/** `14:02` */
export const clockTime = (at: number): string => dates({ hour: '2-digit', minute: '2-digit' }).format(at);

/** `9 Mar`, with the year when it is not this one. */
export function day(at: number, now: number): string {
	const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
	return dates(sameYear ? { day: 'numeric', month: 'short' } : { day: 'numeric', month: 'short', year: 'numeric' }).format(at);
}

/** `14:02` today, `Mon` this week, else `9 Mar`: for lists. */
export function shortMoment(at: number, now: number): string {
	const days = daysBetween(at, now);
	if (days <= 0) return clockTime(at);
	if (days < 7) return dates({ weekday: 'short' }).format(at);
	return day(at, now);
}

/** `Today 14:02`, `Mon 10:20`, `9 Mar 10:20`: for messages. */
export function moment(at: number, now: number): string {
	const days = daysBetween(at, now);
	const time = clockTime(at);
	if (days === 0) return m.time_today({ time });
	if (days === 1) return m.time_yesterday({ time });
	if (days > 1 && days < 7) return `${dates({ weekday: 'short' }).format(at)} ${time}`;
	return `${day(at, now)} ${time}`;
}

/** The whole date and time, for titles. */
export const fullMoment = (at: number): string => dates({ dateStyle: 'full', timeStyle: 'short' }).format(at);

function daysBetween(at: number, now: number): number {
	const midnight = (ms: number): number => new Date(ms).setHours(0, 0, 0, 0);
	return Math.round((midnight(now) - midnight(at)) / DAY);
}
