/** The time, for what says how long ago or how soon: it ticks each half minute, or each second for a countdown, and only while somebody shows it. */
import { createSubscriber } from 'svelte/reactivity';

const ticks = new Map([30_000, 1_000].map((every) => [every, createSubscriber((update) => {
	const timer = setInterval(update, every);
	return () => clearInterval(timer);
})]));

/** Now, in UTC milliseconds; what reads it in an effect or a component follows the clock. */
export function now(every: 30_000 | 1_000 = 30_000): number {
	ticks.get(every)?.();
	return Date.now();
}
