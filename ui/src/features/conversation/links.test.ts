/** Where a link goes, and when a person is asked first. */
import { describe, expect, it } from 'vitest';
import { destination } from './links';

describe('a link', () => {
	it('whose text names no place opens at once', () => {
		expect(destination('https://shop.example/x', 'Track your parcel')?.ask).toBeUndefined();
	});

	it('whose text names the same place opens at once, with or without www', () => {
		expect(destination('https://www.shop.example/x', 'shop.example/x')?.ask).toBeUndefined();
		expect(destination('https://track.shop.example/x', 'shop.example')?.ask).toBeUndefined();
	});

	it.each([
		['https://evil.example/login', 'www.bank.example'],
		['https://bank.example.evil.test/', 'https://bank.example'],
		['https://user:bank.example@evil.test/', 'Sign in'],
		['https://evil.test/', '中国银行.example'],
	])('to %s that says %s is asked for', (href, text) => {
		expect(destination(href, text)?.ask).toBe('differs');
	});

	it('is asked for when its text is not known', () => {
		expect(destination('https://shop.example/', undefined)?.ask).toBe('differs');
	});

	it('to a name that imitates another with foreign letters is asked for', () => {
		expect(destination('https://аpple.com/', 'Sign in')).toMatchObject({ ask: 'imitates', host: 'xn--pple-43d.com' });
	});

	it('that names a file is not taken for a place', () => {
		expect(destination('https://shop.example/a', 'invoice.pdf')?.ask).toBeUndefined();
	});

	it.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'vbscript:x', 'foredeck://x', '', '//x', 'https://'])(
		'%s is never opened',
		(href) => {
			expect(destination(href, 'x')).toBeUndefined();
		},
	);

	it('to a mailbox shows the mailbox', () => {
		expect(destination('mailto:care@harbour.example', 'Write to us')).toMatchObject({ host: 'care@harbour.example', ask: undefined });
	});
});
