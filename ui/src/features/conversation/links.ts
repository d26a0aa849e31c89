/** Where a link in a letter really goes, and whether its text says something else. Pure. */

export interface Destination {
	href: string;
	/** What a person should look at: the host, or the address of a mail or telephone link. */
	host: string;
	/** Why a person is asked before it opens; `undefined` when it opens at once. */
	ask: 'differs' | 'imitates' | undefined;
}

const SCHEMES = new Set(['http:', 'https:', 'mailto:', 'tel:']);

/** Reads a link a letter reported. `undefined` for what is never opened. Without a text it can't be compared, so it is asked for. */
export function destination(href: string, text: string | undefined): Destination | undefined {
	const url = parse(href);
	if (url === undefined || !SCHEMES.has(url.protocol)) return undefined;
	if (url.protocol === 'mailto:' || url.protocol === 'tel:') return { href: url.href, host: url.pathname, ask: undefined };
	if (url.host === '') return undefined;
	return { href: url.href, host: url.host, ask: reason(url, text) };
}

function reason(url: URL, text: string | undefined): Destination['ask'] {
	if (url.username !== '' || url.password !== '') return 'differs';
	if (text === undefined || namesAnotherHost(text, url.hostname)) return 'differs';
	return url.hostname.split('.').some((label) => label.startsWith('xn--')) ? 'imitates' : undefined;
}

const HOST_IN_TEXT = /(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+\p{L}{2,}/giu;
/** Endings that look like a host's but name a file. */
const FILE = /\.(pdf|docx?|xlsx?|pptx?|csv|txt|png|jpe?g|gif|zip|html?)$/i;

function namesAnotherHost(text: string, host: string): boolean {
	const named = (text.slice(0, 2000).match(HOST_IN_TEXT) ?? []).filter((name) => !FILE.test(name));
	return named.some((name) => !sameSite(asciiHost(name), host));
}

/** Two hosts are one site when one is the other or stands under it. */
function sameSite(named: string, host: string): boolean {
	const bare = (name: string): string => name.toLowerCase().replace(/^www\./, '');
	const [a, b] = [bare(named), bare(host)];
	return a === b || b.endsWith(`.${a}`);
}

const asciiHost = (name: string): string => parse(`https://${name}`)?.hostname ?? name;

function parse(href: string): URL | undefined {
	try {
		return new URL(href);
	} catch {
		return undefined;
	}
}
