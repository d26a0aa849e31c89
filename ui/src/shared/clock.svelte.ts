/** The time, for what says how long ago: it ticks each half minute, and only while somebody shows it. */
import { createSubscriber } from 'svelte/reactivity';

const TICK_MS = 30_000;

const subscribe = createSubscriber((update) => {
	const timer = setInterval(update, TICK_MS);
	return () => clearInterval(timer);
});

/** Now, in UTC milliseconds; what reads it in an effect or a component follows the clock. */
export function now(): number {
	subscribe();
	return Date.now();
}
