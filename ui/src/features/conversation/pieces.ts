/** Long text is shown in pieces, so that a letter of ten megabytes opens as fast as a short one. */

/** Characters shown at first, and more with each step. */
export const FIRST_PIECE = 12_000;
export const NEXT_PIECE = 60_000;

/** The start of `text`, at most `limit` characters, cut at a line or a word where one is near, never inside a character. */
export function piece(text: string, limit: number): string {
	if (text.length <= limit) return text;
	const near = text.slice(Math.max(0, limit - 400), limit);
	const line = near.lastIndexOf('\n');
	const gap = line >= 0 ? line : near.lastIndexOf(' ');
	if (gap >= 0) return text.slice(0, limit - near.length + gap + 1);
	return text.slice(0, isHighSurrogate(text.charCodeAt(limit - 1)) ? limit - 1 : limit);
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

/** The paragraphs of a plain text: blank lines part them, single line ends stay inside. */
export function paragraphs(text: string): string[] {
	return text
		.replace(/\r\n?/g, '\n')
		.replace(/^\s*\n|\s+$/g, '')
		.split(/\n[^\S\n]*\n\s*\n?/)
		.map((part) => part.replace(/^\n+|\n+$/g, ''))
		.filter((part) => part !== '');
}

/** How many lines a person would count, blank ones at the ends left out. */
export function lines(text: string): number {
	const trimmed = text.trim();
	if (trimmed === '') return 0;
	let count = 1;
	for (let at = trimmed.indexOf('\n'); at >= 0; at = trimmed.indexOf('\n', at + 1)) count += 1;
	return count;
}
