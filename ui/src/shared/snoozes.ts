/** For how long an alert can be put off. Pure: the time comes in. */

export interface Snooze {
	name: 'fifteen' | 'hour' | 'four' | 'tomorrow';
	minutes: number;
}

const MINUTE = 60_000;
/** A day; an alert can't be put off for longer. */
const LONGEST_MIN = 1_440;

/** The choices at `now`; tomorrow is nine in the morning here, on days of 23 and 25 hours too. */
export function snoozes(now: number): Snooze[] {
	const at = new Date(now);
	const nine = new Date(at.getFullYear(), at.getMonth(), at.getDate() + 1, 9).getTime();
	const tomorrow = Math.round((nine - now) / MINUTE);
	const soon: Snooze[] = [
		{ name: 'fifteen', minutes: 15 },
		{ name: 'hour', minutes: 60 },
		{ name: 'four', minutes: 240 },
	];
	return tomorrow > LONGEST_MIN ? soon : [...soon, { name: 'tomorrow', minutes: tomorrow }];
}
