/** What happened and what to do, as one passage: Chinese sentences follow each other without a space. */
import type { Problem } from '../../api/generated';
import { problemHelp, problemTitle } from '../../shared/problems';

export const gap = (before: string): string => (/[。！？]$/u.test(before) ? '' : ' ');

export function problemSentence(problem: Problem): string {
	const title = problemTitle(problem);
	return (title + gap(title) + problemHelp(problem)).trim();
}
