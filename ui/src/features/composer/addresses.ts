/** Mail addresses as people type and paste them. Pure. */
import type { Address } from '../../api/generated';

/** By this two spellings of an address are one. */
export const keyOf = ({ email }: Address): string => email.trim().toLowerCase();

const PART = String.raw`[^\s@.,;:<>()[\]\\"，；、]+`;
const ADDRESS = new RegExp(String.raw`^${PART}(?:\.${PART})*@(?:localhost|${PART}(?:\.${PART})+)$`, 'iu');

/** Whether it looks like an address a server would take; the server has the last word. */
export const isAddress = ({ email }: Address): boolean => email.length <= 254 && ADDRESS.test(email);

/** `Lin Jingyi <lin@mail.example>`, or the bare address. */
export const written = ({ name, email }: Address): string => (name === '' ? email : `${name} <${email}>`);

/** How a person is called in a chip: by name, else by address. */
export const called = ({ name, email }: Address): string => name || email;

/** Everything in a typed or pasted list, in its order, each once: `A <a@x>, b@y; "C, D" <c@z>` and lines alike. */
export function parseAddresses(text: string): Address[] {
	return unique(pieces(text).flatMap(addressesIn));
}

/** Each address once, the first spelling stays. */
export function unique(addresses: Address[]): Address[] {
	const seen = new Map<string, Address>();
	for (const address of addresses) if (!seen.has(keyOf(address))) seen.set(keyOf(address), address);
	return [...seen.values()];
}

/** Whether a typed character ends an address. */
export const SEPARATOR = /[,;，；、\n\r\t]/u;

/** Cuts at separators, but not inside quotation marks or angle brackets. */
function pieces(text: string): string[] {
	const found: string[] = [];
	let [from, quoted, angled] = [0, false, false];
	for (let at = 0; at < text.length; at += 1) {
		const sign = text[at] ?? '';
		if (sign === '"') quoted = !quoted;
		else if (sign === '\n' || sign === '\r') [quoted, angled] = [false, false];
		else if (!quoted && sign === '<') angled = true;
		else if (sign === '>') angled = false;
		if (quoted || angled || !SEPARATOR.test(sign)) continue;
		found.push(text.slice(from, at));
		from = at + 1;
	}
	return [...found, text.slice(from)].map((piece) => piece.trim()).filter((piece) => piece !== '');
}

function addressesIn(piece: string): Address[] {
	const named = /^(.*?)<([^<>]*)>$/su.exec(piece);
	if (named !== null) return [{ name: unquoted(named[1] ?? ''), email: (named[2] ?? '').trim() }];
	const words = piece.replace(/^mailto:/i, '').split(/\s+/u);
	if (words.length > 1 && words.every((word) => word.includes('@'))) return words.map(bare);
	return [bare(words.join(' '))];
}

const bare = (email: string): Address => ({ name: '', email });
const unquoted = (name: string): string => name.trim().replace(/^"(.*)"$/su, '$1').replace(/\\(.)/gu, '$1').trim();
