/** Which script a short text is in, so that `lang` can be set where the desk did not say it. */

const KANA = /[\p{Script=Hiragana}\p{Script=Katakana}]/u;
const HANGUL = /\p{Script=Hangul}/u;
const HAN = /\p{Script=Han}/u;

/** The `lang` of a name, a tag or a subject. */
export function langOf(text: string): string {
	if (KANA.test(text)) return 'ja';
	if (HANGUL.test(text)) return 'ko';
	return HAN.test(text) ? 'zh-CN' : 'en';
}

/** The desk's `zh` is shown with the Chinese of the mainland, so that the right face draws it. */
export const htmlLang = (lang: string): string => (lang === 'zh' ? 'zh-CN' : lang);

/** Initials for an avatar: the family name of a Chinese name, else two letters. Counts what is seen, not code units. */
export function initials(name: string): string {
	const words = name.trim().split(/[\s@._-]+/u).filter((word) => word !== '');
	const first = [...(words[0] ?? '')][0] ?? '?';
	if (HAN.test(first) || HANGUL.test(first) || KANA.test(first)) return first;
	const second = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : '';
	return (first + second).toLocaleUpperCase();
}
