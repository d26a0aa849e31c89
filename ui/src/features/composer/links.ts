/** Which links a mail may hold. Pure. */

export const ALLOWED = /^(https?:\/\/|mailto:)[^\s]+$/iu;

/** What a person typed as an address, as a link; `undefined` when it can be none. */
export function hrefOf(typed: string): string | undefined {
	const text = typed.trim();
	if (ALLOWED.test(text)) return text;
	if (/^[^\s@/:]+@[^\s@/:]+\.[^\s@/:]+$/u.test(text)) return `mailto:${text}`;
	if (/^[^\s/:@]+(\.[^\s/:@.]+)+(:\d+)?(\/\S*)?$/u.test(text)) return `https://${text}`;
	return undefined;
}
