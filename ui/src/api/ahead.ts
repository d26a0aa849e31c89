/**
 * What a window is certain to ask first, asked while the rest of its scripts is still being read. The answer goes to the first who asks the
 * same, once: it never stands for a later question.
 */
import * as platform from '../platform';
import type { Calls } from './generated';

const asked = new Map<string, Promise<unknown>>();

const key = (name: string, args: object): string => name + JSON.stringify(args);

export function askAhead<K extends keyof Calls>(name: K, args: Calls[K]['args']): void {
	const answer = platform.call(name, args);
	// Whoever takes it hears of a problem; one that nobody takes is nobody's.
	answer.catch(() => undefined);
	asked.set(key(name, args), answer);
}

/** The answer to a question that was asked ahead, if it was and nobody has taken it. */
export function takeAhead(name: string, args: object): Promise<unknown> | undefined {
	const answer = asked.size > 0 ? asked.get(key(name, args)) : undefined;
	if (answer !== undefined) asked.delete(key(name, args));
	return answer;
}
