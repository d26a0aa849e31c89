/** First use: three ways in, a mailbox connected through every refusal, an archive read. */
import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import axe from 'axe-core';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Boot, MailSettings, NewMailbox, Problem } from '../../api/generated';
import { usePlatform } from '../../platform';
import { desk } from '../../shared/desk.svelte';
import { FakeDesk, problem } from '../../shared/testing/fakeDesk';
import { passwordHint } from './refusals';
import FirstUse from './FirstUse.svelte';

let fake: FakeDesk;
const onDone = vi.fn();
const found: MailSettings = { imap: { host: 'imap.harbour.example', port: 993, encryption: 'tls' }, smtp: { host: 'smtp.harbour.example', port: 587, encryption: 'start_tls' }, user: 'care@harbour.example', found_by: 'autoconfig', provider: null };

async function open(boot: Partial<Boot> = {}): Promise<UserEvent> {
	fake = new FakeDesk({ tickets: 0, boot: { links: [], ...boot } });
	fake.answer('find_mail_settings', () => found);
	fake.answer('check_mailbox', () => ({ folders: 5, messages: 1_234, pushes: true }));
	fake.answer('add_mailbox', () => '7');
	usePlatform(fake);
	await desk.start();
	render(FirstUse, { onDone });
	return userEvent.setup();
}

beforeEach(() => void onDone.mockReset());

const calls = (name: string): unknown[] => fake.calls.filter((call) => call.name === name).map((call) => call.args);
const field = (name: string | RegExp): HTMLElement => screen.getByRole('textbox', { name });
const password = (): HTMLInputElement => screen.getByLabelText<HTMLInputElement>('Password');
const refuse = (code: Problem['code'], params: Record<string, string> = {}): void =>
	fake.answer('check_mailbox', () => {
		throw problem(code, { host: 'imap.harbour.example', port: '993', account: 'care@harbour.example', ...params });
	});

/** As far as the password. */
async function toServer(user: UserEvent, address = 'care@harbour.example'): Promise<void> {
	await user.keyboard('1');
	await user.type(await screen.findByRole('textbox', { name: 'Mail address' }), `${address}{Enter}`);
	await screen.findByLabelText('Password');
}

describe('first use', () => {
	it('offers three ways, and only those that work', async () => {
		await open();
		expect(screen.getAllByRole('button').map((button) => button.querySelector('b')?.textContent)).toEqual(['Connect a mailbox', 'Open the sample workspace', 'Import files']);
	});

	it('fills the sample by its key and is done', async () => {
		const user = await open();
		fake.answer('add_sample', () => '1');
		await user.keyboard('2');
		await waitFor(() => expect(onDone).toHaveBeenCalledOnce());
	});

	it('says why the sample could not be filled, and lets one try again', async () => {
		const user = await open();
		fake.answer('add_sample', () => {
			throw problem('disk_full', {});
		});
		await user.keyboard('2');
		expect(await screen.findByRole('alert')).toHaveTextContent('The disk is full.');
		expect(onDone).not.toHaveBeenCalled();
	});

	it('has nothing that a screen reader would stumble over', async () => {
		const user = await open();
		await toServer(user);
		const checked = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } });
		expect(checked.violations.map((violation) => violation.id)).toEqual([]);
	});
});

describe('a mailbox', () => {
	it('is connected with nothing but an address and a password', async () => {
		const user = await open();
		await toServer(user);
		expect(screen.getByText('The domain publishes these settings.')).toBeInTheDocument();
		await user.type(password(), 'secret{Enter}');
		expect(await screen.findByText('1,234 messages in 5 folders')).toBeInTheDocument();
		await user.keyboard('{Enter}');
		await waitFor(() => expect(onDone).toHaveBeenCalledOnce());
		expect(calls('add_mailbox')).toEqual([{
			mailbox: {
				name: 'care@harbour.example', address: 'care@harbour.example', aliases: [], user: 'care@harbour.example', imap: found.imap, smtp: found.smtp,
				credential: { kind: 'password', password: 'secret' }, extra_ca: null,
			} satisfies NewMailbox,
		}]);
	});

	it('needs an address that is one', async () => {
		const user = await open();
		await user.keyboard('1');
		await user.type(await screen.findByRole('textbox', { name: 'Mail address' }), 'care{Enter}');
		expect(await screen.findByRole('alert')).toHaveTextContent('An address has a name, an @ and a domain');
		expect(calls('find_mail_settings')).toEqual([]);
	});

	it('whose settings nobody publishes is entered by hand, with the reason in sight', async () => {
		const user = await open();
		fake.answer('find_mail_settings', () => {
			throw problem('settings_not_found', { address: 'care@harbour.example' });
		});
		await toServer(user);
		expect(screen.getByText(/No mail settings were found for care@harbour.example/)).toBeInTheDocument();
		await user.type(field('IMAP server'), 'mail.harbour.example');
		await user.clear(field('Port'));
		await user.type(field('Port'), '99999');
		await user.type(password(), 'secret{Enter}');
		expect(await screen.findByText('A port is a number from 1 to 65535.')).toBeInTheDocument();
		expect(field('Port')).toHaveAttribute('aria-invalid', 'true');
		await user.clear(field('Port'));
		await user.type(field('Port'), '1993{Enter}');
		await screen.findByText('Connected. Nothing was changed there.');
		expect(calls('check_mailbox')[0]).toMatchObject({ mailbox: { imap: { host: 'mail.harbour.example', port: 1993, encryption: 'tls' } } });
	});

	it('is never read without encryption unless it lies on this computer', async () => {
		const user = await open();
		await toServer(user);
		await user.click(screen.getByRole('button', { name: 'Change' }));
		await user.selectOptions(screen.getByRole('combobox', { name: 'Encryption' }), 'none');
		expect(field('Port')).toHaveValue('143');
		await user.type(password(), 'secret{Enter}');
		expect(await screen.findByText(/only a server on this computer/)).toBeInTheDocument();
		expect(calls('check_mailbox')).toEqual([]);
		await user.clear(field('IMAP server'));
		await user.type(field('IMAP server'), '127.0.0.1{Enter}');
		await screen.findByText('Connected. Nothing was changed there.');
	});

	it.each<[Problem['code'], Record<string, string>, string | RegExp, RegExp]>([
		['password_refused', {}, 'Password', /refuses this name or password/],
		['host_unknown', {}, 'IMAP server', /No server is called imap.harbour.example/],
		['unreachable', {}, 'Port', /Nothing answers at imap.harbour.example, port 993/],
		['server_nonsense', {}, 'Port', /not as a mail server/],
		['encryption_refused', {}, 'Encryption', /offers no encryption/],
		['certificate_refused', { why: 'wrong_name' }, 'IMAP server', /certificate is for another name/],
		['invalid', { field: 'user' }, 'User name', /This value does not fit/],
	])('refused with %s is told at the field it concerns, which takes the focus', async (code, params, label, words) => {
		const user = await open();
		await toServer(user);
		refuse(code, params);
		await user.type(password(), 'wrong{Enter}');
		expect(await screen.findByText(words)).toBeInTheDocument();
		const control = screen.getByLabelText(label);
		expect(control).toHaveAttribute('aria-invalid', 'true');
		expect(control).toHaveAccessibleDescription(words);
		if (control instanceof HTMLInputElement) await waitFor(() => expect(control).toHaveFocus());
		expect(password().value).toBe('wrong');
	});

	it.each<Problem['code']>(['line_dropped', 'server_busy', 'key_store_missing', 'disk_full', 'internal'])('refused with %s, which concerns no field, is told above with its details', async (code) => {
		const user = await open();
		await toServer(user);
		refuse(code);
		await user.type(password(), 'x{Enter}');
		const banner = await screen.findByRole('alert');
		expect(within(banner).getByRole('button', { name: 'Copy details' })).toBeInTheDocument();
	});

	it('with a company certificate is trusted by its own authority, for this mailbox alone', async () => {
		const user = await open();
		await toServer(user);
		expect(screen.getByLabelText('Certificate (PEM)')).not.toBeVisible();
		refuse('certificate_refused', { why: 'unknown_issuer' });
		await user.type(password(), 'secret{Enter}');
		const pem = await screen.findByLabelText('Certificate (PEM)');
		await waitFor(() => expect(pem).toBeVisible());
		await user.click(pem);
		await user.paste('not a certificate');
		await user.click(screen.getByRole('button', { name: 'Check the connection' }));
		expect(await screen.findByText(/This is not a PEM certificate/)).toBeInTheDocument();
		await user.clear(pem);
		await user.click(pem);
		await user.paste('-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
		fake.answer('check_mailbox', () => ({ folders: 1, messages: 1, pushes: false }));
		await user.click(screen.getByRole('button', { name: 'Check the connection' }));
		expect(await screen.findByText('1 message in 1 folder')).toBeInTheDocument();
		expect(calls('check_mailbox').at(-1)).toMatchObject({ mailbox: { extra_ca: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----' } });
	});

	it('that can not be added after all goes back with its reason, and loses nothing', async () => {
		const user = await open();
		await toServer(user);
		await user.type(password(), 'secret{Enter}');
		await screen.findByText('Connected. Nothing was changed there.');
		fake.answer('add_mailbox', () => {
			throw problem('key_store_missing', {});
		});
		await user.keyboard('{Enter}');
		expect(await screen.findByRole('alert')).toHaveTextContent("The system's key store is missing or locked.");
		expect(password().value).toBe('secret');
		expect(onDone).not.toHaveBeenCalled();
	});
});

describe('sending from a mailbox', () => {
	it('is set up with what was found, in the same step', async () => {
		const user = await open();
		await toServer(user);
		expect(screen.getByText('Sends through smtp.harbour.example · 587')).toBeInTheDocument();
		await user.type(password(), 'secret{Enter}');
		expect(await screen.findByText('smtp.harbour.example')).toBeInTheDocument();
	});

	it('can be left out: the mailbox is only read', async () => {
		const user = await open();
		await toServer(user);
		await user.click(screen.getByRole('button', { name: 'Change' }));
		await user.click(screen.getByRole('checkbox', { name: 'Answer from this mailbox, too' }));
		expect(screen.queryByRole('textbox', { name: 'SMTP server' })).toBeNull();
		await user.type(password(), 'secret{Enter}');
		await screen.findByText('Only reads: no outgoing server');
		expect(calls('check_mailbox')).toMatchObject([{ mailbox: { smtp: null } }]);
	});

	it('follows the encryption with its port and is never open to the net', async () => {
		const user = await open();
		await toServer(user);
		await user.click(screen.getByRole('button', { name: 'Change' }));
		await user.selectOptions(screen.getByRole('combobox', { name: 'SMTP encryption' }), 'tls');
		expect(field('SMTP port')).toHaveValue('465');
		await user.selectOptions(screen.getByRole('combobox', { name: 'SMTP encryption' }), 'none');
		await user.type(password(), 'secret{Enter}');
		expect(await screen.findByText(/only a server on this computer/)).toBeInTheDocument();
		expect(calls('check_mailbox')).toEqual([]);
	});

	it.each<[Problem['code'], string | RegExp]>([['host_unknown', 'SMTP server'], ['unreachable', 'SMTP port'], ['encryption_refused', 'SMTP encryption']])('refused with %s is told at the outgoing server', async (code, label) => {
		const user = await open();
		await toServer(user);
		refuse(code, { host: 'smtp.harbour.example', port: '587' });
		await user.type(password(), 'secret{Enter}');
		expect(await screen.findByLabelText(label)).toHaveAttribute('aria-invalid', 'true');
	});
});

describe('signing in with a provider', () => {
	const google = { ...found, provider: 'google' as const };

	it('has a button only with a client id', async () => {
		const user = await open();
		fake.answer('find_mail_settings', () => google);
		await toServer(user);
		expect(screen.queryByRole('button', { name: /Sign in/ })).toBeNull();
		expect(screen.getByText(/enter your organisation's client id/)).toBeInTheDocument();
	});

	it('opens its page, waits, and connects without any password', async () => {
		const user = await open({ providers: ['google'] });
		fake.answer('find_mail_settings', () => google);
		fake.answer('begin_authorisation', () => ({ handle: 'h1', url: 'https://accounts.google.com/x' }));
		fake.answer('finish_authorisation', () => ({ handle: 'h2', address: 'care@harbour.example' }));
		await toServer(user);
		await user.click(screen.getByRole('button', { name: 'Sign in with Google' }));
		await screen.findByText('Connected. Nothing was changed there.');
		expect(fake.opened).toEqual(['https://accounts.google.com/x']);
		expect(calls('check_mailbox')).toMatchObject([{ mailbox: { credential: { kind: 'authorised', handle: 'h2' } } }]);
	});

	it('can be given up, and its late answer changes nothing', async () => {
		const user = await open({ providers: ['google'] });
		fake.answer('find_mail_settings', () => google);
		fake.answer('begin_authorisation', () => ({ handle: 'h1', url: 'https://accounts.google.com/x' }));
		fake.answer('finish_authorisation', () => ({ handle: 'h2', address: null }));
		const release = fake.hold('finish_authorisation');
		await toServer(user);
		await user.click(screen.getByRole('button', { name: 'Sign in with Google' }));
		await user.click(await screen.findByRole('button', { name: 'Stop waiting' }));
		release();
		expect(await screen.findByRole('button', { name: 'Sign in with Google' })).toBeInTheDocument();
		expect(calls('check_mailbox')).toEqual([]);
	});

	it('that was not finished says so beside its button', async () => {
		const user = await open({ providers: ['google'] });
		fake.answer('find_mail_settings', () => google);
		fake.answer('begin_authorisation', () => ({ handle: 'h1', url: 'https://accounts.google.com/x' }));
		fake.answer('finish_authorisation', () => {
			throw problem('authorisation_abandoned', {});
		});
		await toServer(user);
		await user.click(screen.getByRole('button', { name: 'Sign in with Google' }));
		expect(await screen.findByText(/The sign-in was not finished/)).toBeInTheDocument();
	});
});

describe('a password', () => {
	it.each([
		['a@gmail.com', '', /app password/],
		['1@qq.com', '', /授权码/],
		['a@163.com', '', /授权码/],
		['a@company.example', 'imap.qq.com', /授权码/],
		['a@outlook.com', '', /Microsoft/],
		['a@me.com', '', /app-specific/],
		['a@company.example', 'imap.company.example', /^$/],
		['a@notgmail.com', '', /^$/],
	])('of %s at "%s" is called what its provider calls it', (address, host, words) => {
		expect(passwordHint(address, host)).toMatch(words);
	});
});

describe('an archive', () => {
	async function toImport(user: UserEvent): Promise<HTMLElement> {
		await user.keyboard('3');
		return screen.findByRole('textbox', { name: /Path of an mbox/ });
	}

	it('is read with its progress, and what could not be read is named', async () => {
		const user = await open();
		fake.answer('import_archive', () => ({ messages: 1_200, tickets: 1, already_here: 2, unreadable: [{ file: 'old.mbox', message: 17 }, { file: 'x.eml', message: null }] }));
		const release = fake.hold('import_archive');
		await user.type(await toImport(user), '/home/maya/old.mbox{Enter}');
		fake.tell({ kind: 'importing', messages: 600, bytes: 5_000_000, total_bytes: 10_000_000 });
		expect(await screen.findByText('600 messages read')).toBeInTheDocument();
		expect(screen.getByRole('progressbar')).toHaveAttribute('value', '5000000');
		release();
		expect(await screen.findByText(/1,200 messages became 1 ticket\./)).toBeInTheDocument();
		expect(screen.getByText(/2 messages were here already/)).toBeInTheDocument();
		expect(screen.getByText('old.mbox, message 17')).toBeInTheDocument();
		await user.click(screen.getByRole('button', { name: 'Show the tickets' }));
		expect(onDone).toHaveBeenCalledOnce();
	});

	it('that is not there is told at its path', async () => {
		const user = await open();
		fake.answer('import_archive', () => {
			throw problem('file_unreadable', { path: '/nowhere' });
		});
		const path = await toImport(user);
		await user.type(path, '/nowhere{Enter}');
		await waitFor(() => expect(path).toHaveAccessibleDescription(/can't be read/));
	});

	it('without a path asks for one', async () => {
		const user = await open();
		await toImport(user);
		await user.click(screen.getByRole('button', { name: 'Import' }));
		expect(await screen.findByText('Fill this in.')).toBeInTheDocument();
		expect(calls('import_archive')).toEqual([]);
	});
});
