/** The list of urgent words as a person edits it: each once whatever its case, in the order they were written. Pure. */

const key = (word: string): string => word.trim().toLocaleLowerCase();

/** `words` and what was typed, which may be several parted by commas or lines. */
export function withWords(words: string[], typed: string): string[] {
	const all = [...words, ...typed.split(/[,，、;；\n]+/u)].map((word) => word.trim()).filter((word) => word !== '');
	return all.filter((word, place) => all.findIndex((other) => key(other) === key(word)) === place);
}

export const withoutWord = (words: string[], word: string): string[] => words.filter((one) => one !== word);

/** `word` written anew; empty takes it away. */
export function changedWord(words: string[], word: string, typed: string): string[] {
	const next = typed.trim();
	if (next === '') return withoutWord(words, word);
	return words.map((one) => (one === word ? next : one)).filter((one, place, all) => all.findIndex((other) => key(other) === key(one)) === place);
}
