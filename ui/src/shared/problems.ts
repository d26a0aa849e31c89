/**
 * A problem as sentences, from the catalogue `problems`. Each code has `problem_CODE` (what happened) and, where something
 * can be pressed or is safe, `problem_CODE_next`. Parameters fill both. A code whose sentence is missing says `problem_internal`.
 */
import type { Problem } from '../api/generated';
import { m } from '../i18n/index.svelte';

type Sentence = (params: Record<string, string>) => string;

const catalogue = m as unknown as Record<string, Sentence | undefined>;

/** A parameter that was not given reads as a question mark, never as `undefined`. */
const given = (params: Record<string, string>): Record<string, string> =>
	new Proxy(params, { get: (all, name) => (typeof name === 'string' ? (all[name] ?? '?') : undefined) });

/** What happened, in one sentence. */
export function problemTitle(problem: Problem): string {
	const sentence = catalogue[`problem_${problem.code}`] ?? catalogue.problem_internal;
	return sentence?.(given(problem.params)) ?? problem.code;
}

/** What is safe and what to press; empty when the title says it all. */
export function problemHelp(problem: Problem): string {
	const why = catalogue[`problem_certificate_why_${problem.params.why}`];
	if (problem.code === 'certificate_refused' && why !== undefined) return why(given(problem.params));
	return catalogue[`problem_${problem.code}_next`]?.(given(problem.params)) ?? '';
}

/** Why a part of a query can't be read. */
export const queryReason = (problem: Problem): string =>
	(catalogue[`search_why_${problem.params.why}`] ?? m.search_why_other)(given(problem.params));

/** What stands between two sentences: Chinese ones follow each other without a space. */
export const gap = (before: string): string => (/[。！？]$/u.test(before) ? '' : ' ');

/** What happened and what to do, as one passage. */
export function problemSentence(problem: Problem): string {
	const title = problemTitle(problem);
	return (title + gap(title) + problemHelp(problem)).trim();
}

/** What "Copy details" puts on the clipboard: the code, the parameters and the cause as the server gave it. */
export function problemDetails(problem: Problem): string {
	const params = Object.entries(problem.params).map(([name, value]) => `${name}: ${value}`);
	return [problem.code, ...params, ...(problem.cause === null ? [] : [problem.cause])].join('\n');
}
