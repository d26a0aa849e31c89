/** Finding a name by what is typed of it: its beginning, a word's, the first letters of its words, or any part. Smaller is better; `undefined` is no match. */

export function score(name: string, typed: string): number | undefined {
	const text = name.toLocaleLowerCase();
	const wanted = typed.trim().toLocaleLowerCase();
	if (wanted === '') return 0;
	const at = text.indexOf(wanted);
	if (at === 0) return 0;
	if (at > 0 && /[\s/,]/.test(text[at - 1] ?? '')) return 1;
	if (wanted.length > 1 && initials(text).startsWith(wanted)) return 2;
	return at > 0 ? 3 : undefined;
}

const initials = (text: string): string => text.split(/[\s/,]+/).map((word) => word[0] ?? '').join('');

/** What matches, best first; equals stay in their order. */
export function best<T>(all: T[], typed: string, name: (one: T) => string): T[] {
	return all
		.flatMap((one) => {
			const points = score(name(one), typed);
			return points === undefined ? [] : [{ one, points }];
		})
		.sort((a, b) => a.points - b.points)
		.map(({ one }) => one);
}
