/** What can be seen to be wrong before anything is asked of a server. Pure; each answers a sentence, or nothing when it is right. */
import type { Encryption } from '../../api/generated';
import { m } from '../../i18n/index.svelte';

type Wrong = string | undefined;

export const required = (value: string): Wrong => (value.trim() === '' ? m.setup_empty_required() : undefined);

export const badAddress = (value: string): Wrong => (/^[^\s@]+@[^\s@]+$/u.test(value.trim()) ? undefined : m.setup_address_bad());

export function badPort(value: string): Wrong {
	const port = Number(value);
	return Number.isInteger(port) && port >= 1 && port <= 65_535 ? undefined : m.setup_port_bad();
}

export const isThisComputer = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host.trim());

export const badEncryption = (encryption: Encryption, host: string): Wrong =>
	encryption === 'none' && !isThisComputer(host) ? m.setup_encryption_none_bad() : undefined;

/** An authority's certificate may be left out; what is given must be PEM. */
export function badCertificate(pem: string): Wrong {
	const text = pem.trim();
	const whole = /^-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----$/.test(text);
	return text === '' || whole ? undefined : m.setup_ca_bad();
}

/** `a@x, b@y` and lines alike, as single addresses. */
export const addresses = (text: string): string[] => text.split(/[\s,;，；、]+/u).filter((one) => one !== '');
