/**
 * Answers kept while they are shown, and asked for again in place when the desk says they are stale.
 * Old data stays until the new is here, equal parts keep their identity, and of two answers the older never wins.
 */
import { asProblem, call, type Args, type CallName, type Out } from './client';
import type { CacheTag, Problem } from './generated';
import { share } from './share';
import { isStale } from './stale';

/** How many answers that nobody shows any more are kept for going back. */
const KEPT = 60;

class Answer<K extends CallName = CallName> {
	data = $state.raw<Out<K>>();
	problem = $state.raw<Problem>();
	stale = true;
	shown = 0;
	#round = 0;

	constructor(
		readonly name: K,
		readonly args: Args<K>,
	) {}

	async fetch(): Promise<void> {
		const round = ++this.#round;
		this.stale = false;
		try {
			const data = await call(this.name, this.args);
			if (round !== this.#round) return;
			this.data = share(this.data, data);
			this.problem = undefined;
		} catch (thrown) {
			if (round !== this.#round) return;
			this.problem = asProblem(thrown);
			this.stale = true;
		}
	}
}

const answers = new Map<string, Answer>();
const listeners = new Set<(tags: CacheTag[] | 'all') => void>();

export interface Query<K extends CallName> {
	/** The answer, as far as one is here. */
	readonly data: Out<K> | undefined;
	/** Why the last question failed. `data` may still hold the answer before it. */
	readonly problem: Problem | undefined;
	/** Nothing is here yet: neither an answer nor a problem. */
	readonly waiting: boolean;
	refresh(): Promise<void>;
}

/** An answer that follows `args` and the desk's changes. To be called where effects may be; `undefined` asks nothing. */
export function query<K extends CallName>(name: K, args: () => Args<K> | undefined): Query<K> {
	const answer = $derived.by(() => {
		const now = args();
		return now === undefined ? undefined : entry(name, now);
	});
	$effect(() => {
		const mine = answer;
		if (mine === undefined) return;
		mine.shown += 1;
		if (mine.stale) void mine.fetch();
		return () => {
			mine.shown -= 1;
			forgetOldest();
		};
	});
	return {
		get data() {
			return answer?.data;
		},
		get problem() {
			return answer?.problem;
		},
		get waiting() {
			return answer !== undefined && answer.data === undefined && answer.problem === undefined;
		},
		async refresh() {
			await answer?.fetch();
		},
	};
}

/** Asks for what is likely to be shown next, unless it is here; answers it, if it can be had. */
export async function prefetch<K extends CallName>(name: K, args: Args<K>): Promise<Out<K> | undefined> {
	const answer = entry(name, args);
	forgetOldest();
	if (answer.stale) await answer.fetch();
	return answer.data;
}

function entry<K extends CallName>(name: K, args: Args<K>): Answer<K> {
	const key = name + JSON.stringify(args);
	let found = answers.get(key);
	if (found === undefined) found = new Answer(name, args) as unknown as Answer;
	else answers.delete(key);
	answers.set(key, found);
	return found as unknown as Answer<K>;
}

function forgetOldest(): void {
	for (const [key, answer] of answers) {
		if (answers.size <= KEPT) return;
		if (answer.shown === 0) answers.delete(key);
	}
}

/** Marks what is stale, asks again for what is shown, and tells those who keep answers of their own. */
export function invalidate(tags: CacheTag[] | 'all'): void {
	for (const answer of answers.values()) {
		const stale = tags === 'all' || tags.some((tag) => isStale(tag, answer.name, answer.args));
		if (!stale) continue;
		answer.stale = true;
		if (answer.shown > 0) void answer.fetch();
	}
	for (const listener of listeners) listener(tags);
}

/** Hears what goes stale, for those who keep answers of their own. */
export function onStale(listener: (tags: CacheTag[] | 'all') => void): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

/** Forgets every answer. */
export function forgetAnswers(): void {
	answers.clear();
}

