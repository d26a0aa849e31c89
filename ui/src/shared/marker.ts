/**
 * What finds the words of a search in a text, so that they can be marked. It follows the desk's index: a CJK word stands anywhere, a
 * Latin one at the beginning of a word and also with another ending (`refund` finds `refunded`, `deliveries` finds `delivery`).
 */

const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const LATIN = /^[a-z]+$/u;
const VOWEL = /[aeiouy]/u;

/** One group holds what is found; `undefined` without words. */
export function marker(words: readonly string[]): RegExp | undefined {
	const patterns = words.filter((word) => word.trim() !== '').toSorted((a, b) => b.length - a.length).map(patternOf);
	return patterns.length === 0 ? undefined : new RegExp(`(${patterns.join('|')})`, 'giu');
}

function patternOf(word: string): string {
	if (CJK.test(word)) return escape(word);
	// A single letter is a word of its own; a longer one may go on as it is typed.
	const begun = escape(word) + (word.length > 1 ? String.raw`[\p{L}\p{N}]*` : String.raw`(?![\p{L}\p{N}])`);
	const stemmed = LATIN.test(word) && word.length > 2 ? `|${inflected(word)}(?![\\p{L}\\p{N}])` : '';
	return `(?<![\\p{L}\\p{N}])(?:${begun}${stemmed})`;
}

/** The forms of an English word, from any one of them. */
function inflected(word: string): string {
	const [, y] = /^(.+[^aeiou])(?:y|ies|ied)$/u.exec(word) ?? [];
	if (y !== undefined && y.length > 1) return `${y}(?:y|ies|ied|ying)`;
	const [, cut] = /^(.+?)(?:ing|(?<!e)ed)$/u.exec(word) ?? [];
	if (cut !== undefined && cut.length > 2 && VOWEL.test(cut)) return `${cut.replace(/([^aeiousl])\1$/u, '$1$1?')}(?:e|s|es|ed|ing)?`;
	const one = word.replace(/(?<=(?:s|x|z|ch|sh))es$|(?<![su])s$/u, '');
	if (one.endsWith('e')) return `${one.slice(0, -1)}(?:e|es|ed|ing)`;
	return `${one}${/[aeiou][bdgmnprt]$/u.test(one) ? `${one.at(-1)}?` : ''}(?:s|es|ed|ing)?`;
}

const escape = (word: string): string => word.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
