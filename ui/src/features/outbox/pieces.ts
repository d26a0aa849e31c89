/** What of a mail on its way was written, and what it quotes. Pure. */
import type { Segment } from '../../api/generated';

/** A long one is cut; it stands whole in the draft and in the mail. */
const SHOWN = 20_000;

/** The words, and behind them the quoted lines with the line that says whose they are. */
export function segmentsOf(text: string): Segment[] {
	const lines = text.slice(0, SHOWN).trimEnd().split('\n');
	let from = lines.length;
	while (from > 0 && /^(>|\s*$)/.test(lines[from - 1] ?? '')) from -= 1;
	if (!lines.slice(from).some((line) => line.startsWith('>'))) return [{ kind: 'new', text: lines.join('\n') }];
	if (/[:：]\s*$/.test(lines[from - 1] ?? '')) from -= 1;
	const [written, quoted] = [lines.slice(0, from).join('\n').trim(), lines.slice(from).join('\n').trim()];
	return [{ kind: 'new' as const, text: written }, { kind: 'quote' as const, text: quoted }].filter((one) => one.text !== '');
}
