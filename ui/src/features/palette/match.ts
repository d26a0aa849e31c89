/** Finding a name by some of its letters: by words begun, then by letters in order. Smaller is better; `undefined` is no match. */

export function score(name: string, typed: string): number | undefined {
	const text = name.toLocaleLowerCase();
	const wanted = typed.trim().toLocaleLowerCase();
	if (wanted === '') return 0;
	const at = text.indexOf(wanted);
	if (at === 0) return 0;
	if (at > 0) return /[\s/]/.test(text[at - 1] ?? '') ? 1 : 2;
	return lettersInOrder(text, wanted) ? 3 : undefined;
}

function lettersInOrder(text: string, wanted: string): boolean {
	let from = 0;
	for (const letter of wanted) {
		const at = text.indexOf(letter, from);
		if (at < 0) return false;
		from = at + letter.length;
	}
	return true;
}

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
