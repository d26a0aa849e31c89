/** Settings: each change is saved as it is made; a source is never lost by a slip. */
import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Boot, LinkPhase, Source } from '../../api/generated';
import { setLanguage } from '../../i18n/index.svelte';
import { usePlatform } from '../../platform';
import { desk } from '../../shared/desk.svelte';
import { FakeDesk, problem } from '../../shared/testing/fakeDesk';
import Settings from './Settings.svelte';
import { changedWord, withWords } from './wordList';

let fake: FakeDesk;
const onClose = vi.fn();

async function open(section?: string, boot: Partial<Boot> = {}): Promise<UserEvent> {
	fake = new FakeDesk({ boot });
	usePlatform(fake);
	await desk.start();
	render(Settings, { onClose, section });
	await screen.findByRole('dialog', { name: 'Settings' });
	return userEvent.setup();
}

beforeEach(() => void onClose.mockReset());
afterEach(() => setLanguage('en'));

const calls = (name: string): unknown[] => fake.calls.filter((call) => call.name === name).map((call) => call.args);
const saved = (): Boot['settings'] => fake.boot.settings;
const source = (phase: LinkPhase, change: Partial<Source> = {}): Source => ({
	id: '1', kind: 'mailbox', name: 'care@harbour.example', address: 'care@harbour.example', provider: null, messages: 12, link: { source: '1', name: 'care@', phase, as_of_ms: null }, sending: null, acknowledges: false, ...change,
});

async function openSources(phase: LinkPhase, change: Partial<Source> = {}): Promise<{ user: UserEvent; item: HTMLElement }> {
	fake = new FakeDesk({ boot: { links: [] } });
	usePlatform(fake);
	fake.answer('sources', () => [source(phase, change)]);
	await desk.start();
	render(Settings, { onClose, section: 'sources' });
	return { user: userEvent.setup(), item: await screen.findByRole('article', { name: 'care@harbour.example' }) };
}

describe('sending', () => {
	const set = { smtp: { host: 'smtp.harbour.example', port: 587, encryption: 'start_tls' as const }, copy: 'auto' as const };

	it('is set up with what the domain publishes, tried before it is kept', async () => {
		const { user, item } = await openSources({ phase: 'live', pushed: true });
		expect(within(item).getByText('This mailbox is only read; nothing can be sent from it.')).toBeInTheDocument();
		await user.click(within(item).getByRole('button', { name: 'Set up sending' }));
		await waitFor(() => expect(within(item).getByRole('textbox', { name: 'SMTP server' })).toHaveValue('smtp.harbour.example'));
		await user.click(within(item).getByRole('button', { name: 'Try and save' }));
		await waitFor(() => expect(calls('set_sending')).toEqual([{ source: '1', sending: set }]));
	});

	it('that is refused says so at its field and keeps what was entered', async () => {
		const { user, item } = await openSources({ phase: 'live', pushed: true }, { sending: set });
		await user.click(within(item).getByRole('button', { name: 'Change' }));
		fake.answer('set_sending', () => {
			throw problem('unreachable', { host: 'smtp.harbour.example', port: '2525' });
		});
		const port = within(item).getByRole('textbox', { name: 'SMTP port' });
		await user.clear(port);
		await user.type(port, '2525{Enter}');
		await waitFor(() => expect(port).toHaveAccessibleDescription(/Nothing answers at smtp.harbour.example, port 2525/));
		expect(port).toHaveValue('2525');
	});

	it('files copies as chosen, and can be stopped', async () => {
		const { user, item } = await openSources({ phase: 'live', pushed: true }, { sending: set });
		await user.click(within(item).getByRole('button', { name: 'Never' }));
		await waitFor(() => expect(calls('set_sending')).toEqual([{ source: '1', sending: { ...set, copy: 'never' } }]));
		await user.click(within(item).getByRole('button', { name: 'Change' }));
		await user.click(within(item).getByRole('button', { name: 'Only read this mailbox' }));
		await waitFor(() => expect(calls('set_sending').at(-1)).toEqual({ source: '1', sending: null }));
	});

	it('acknowledges only when told, in words of one\'s own', async () => {
		const { user, item } = await openSources({ phase: 'live', pushed: true }, { sending: set });
		const box = within(item).getByRole('checkbox', { name: 'Acknowledge new tickets' });
		expect(box).not.toBeChecked();
		expect(screen.queryByRole('textbox', { name: 'Acknowledgement in Chinese' })).toBeNull();
		fake.answer('sources', () => [source({ phase: 'live', pushed: true }, { sending: set, acknowledges: true })]);
		await user.click(box);
		await waitFor(() => expect(calls('set_acknowledges')).toEqual([{ source: '1', on: true }]));
		const words = await screen.findByRole('textbox', { name: 'Acknowledgement in Chinese' });
		await user.type(words, '已收到 {{ticket}');
		await user.tab();
		await waitFor(() => expect(saved().acknowledgement_zh).toBe('已收到 {ticket}'));
	});

	it('signs replies and keeps the time within which one answers', async () => {
		const user = await open();
		await user.type(screen.getByRole('textbox', { name: 'Signature' }), 'Maya{Enter}Harbour Home');
		await user.tab();
		await waitFor(() => expect(saved().signature).toBe('Maya\nHarbour Home'));
		await user.click(screen.getByRole('tab', { name: 'Urgent' }));
		const target = screen.getByRole('textbox', { name: 'Answer every customer within' });
		await user.clear(target);
		await user.type(target, '0{Tab}');
		expect(await screen.findByText(/whole minutes, from 1/)).toBeInTheDocument();
		await user.clear(target);
		await user.type(target, '90{Tab}');
		await waitFor(() => expect(saved().target_min).toBe(90));
	});
});

describe('general settings', () => {
	it('are saved as they are made', async () => {
		const user = await open();
		await user.click(screen.getByRole('button', { name: 'Dark' }));
		await waitFor(() => expect(saved().theme).toBe('dark'));
		expect(screen.getByRole('button', { name: 'Dark' })).toHaveAttribute('aria-pressed', 'true');
		await user.click(screen.getByRole('button', { name: 'Compact' }));
		await waitFor(() => expect(saved()).toMatchObject({ theme: 'dark', density: 'compact' }));
	});

	it('switch the language of what is open', async () => {
		const user = await open();
		await user.click(screen.getByRole('button', { name: '中文' }));
		await waitFor(() => expect(saved().language).toBe('zh-CN'));
		setLanguage('zh-CN');
		expect(await screen.findByRole('tab', { name: '来源' })).toBeInTheDocument();
	});

	it('take a name without its spaces, and ask nothing when it stayed the same', async () => {
		const user = await open();
		const name = screen.getByRole('textbox', { name: 'Your name' });
		await user.clear(name);
		await user.type(name, '  陈美雅 ');
		await user.tab();
		await waitFor(() => expect(saved().agent_name).toBe('陈美雅'));
		expect(calls('save_settings')).toHaveLength(1);
	});

	it('say honestly that the system shows no notifications', async () => {
		await open('notifications', { notifications: problem('notifications_unavailable', {}) });
		expect(screen.getByRole('checkbox', { name: /Notify me/ })).toHaveAccessibleDescription(/This system shows no notifications/);
	});

	it('are taken back when the desk refuses them', async () => {
		const user = await open();
		fake.answer('save_settings', () => {
			throw problem('disk_full', {});
		});
		await user.click(screen.getByRole('button', { name: 'Dark' }));
		await waitFor(() => expect(screen.getByRole('button', { name: 'Light' })).toHaveAttribute('aria-pressed', 'true'));
	});

	it('close by Escape and have nothing that a screen reader would stumble over', async () => {
		const user = await open();
		const found = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } });
		expect(found.violations.map((violation) => violation.id)).toEqual([]);
		await user.keyboard('{Escape}');
		expect(onClose).toHaveBeenCalled();
	});
});

describe('urgent words', () => {
	it('are added, changed in place and taken away', async () => {
		const user = await open('urgent');
		await user.type(screen.getByRole('textbox', { name: 'Add a word or phrase' }), 'lawyer，REFUND，fire{Enter}');
		await waitFor(() => expect(saved().urgent.words).toEqual(['refund', '投诉', 'lawyer', 'fire']));
		await user.click(await screen.findByRole('button', { name: 'Change lawyer' }));
		await user.keyboard('solicitor{Enter}');
		await waitFor(() => expect(saved().urgent.words).toEqual(['refund', '投诉', 'solicitor', 'fire']));
		await user.click(screen.getByRole('button', { name: 'Remove 投诉' }));
		await waitFor(() => expect(saved().urgent.words).toEqual(['refund', 'solicitor', 'fire']));
	});

	it('are not added by the Enter that chooses characters', async () => {
		const user = await open('urgent');
		const field = screen.getByRole('textbox', { name: 'Add a word or phrase' });
		await user.type(field, '退');
		await fireEvent.keyDown(field, { key: 'Enter', isComposing: true });
		await fireEvent.keyDown(field, { key: 'Enter', keyCode: 229 });
		expect(calls('save_settings')).toEqual([]);
	});

	it('are each once, whatever their case', () => {
		expect(withWords(['refund'], ' Refund , fire\n')).toEqual(['refund', 'fire']);
		expect(changedWord(['a', 'b'], 'a', 'B')).toEqual(['B']);
		expect(changedWord(['a', 'b'], 'a', ' ')).toEqual(['b']);
	});

	it('stand beside a target that must fit a week', async () => {
		const user = await open('urgent');
		const target = screen.getByRole('textbox', { name: 'A VIP waits at most' });
		await user.clear(target);
		await user.type(target, '20000');
		await user.tab();
		expect(await screen.findByRole('alert')).toHaveTextContent('From 1 to 10,080 minutes');
		expect(calls('save_settings')).toEqual([]);
		await user.clear(target);
		await user.type(target, '45');
		await user.tab();
		await waitFor(() => expect(saved().urgent.vip_target_min).toBe(45));
	});
});

describe('a source', () => {
	it('says what it is doing, by the newest word about it', async () => {
		const { item } = await openSources({ phase: 'connecting' });
		expect(within(item).getByText('Connecting')).toBeInTheDocument();
		fake.tell({ kind: 'link', link: { source: '1', name: 'care@', phase: { phase: 'filling', done: 81_200, total: 128_406, seconds_left: 200 }, as_of_ms: null } });
		expect(await within(item).findByText('Filling in older mail, 81,200 of 128,406, about 4 m')).toBeInTheDocument();
	});

	it('that refuses its password takes a new one, and says so when that is refused too', async () => {
		const { user, item } = await openSources({ phase: 'stopped', problem: problem('password_refused', { host: 'imap.harbour.example' }) });
		fake.answer('set_password', () => {
			throw problem('password_refused', { host: 'imap.harbour.example' });
		});
		await user.click(within(item).getByRole('button', { name: 'New password' }));
		const field = await screen.findByLabelText('New password for care@harbour.example');
		expect(field).toHaveFocus();
		await user.keyboard('again{Enter}');
		await waitFor(() => expect(field).toHaveAccessibleDescription(/refuses this name or password/));
		fake.answer('set_password', () => ({ seq: '1' }));
		await user.keyboard('{Enter}');
		await waitFor(() => expect(calls('set_password').at(-1)).toEqual({ source: '1', password: 'again' }));
		await waitFor(() => expect(screen.queryByLabelText(/New password for/)).toBeNull());
	});

	it('is paused, resumed and asked to look now', async () => {
		const { user, item } = await openSources({ phase: 'live', pushed: true });
		await user.click(within(item).getByRole('button', { name: 'Check now' }));
		await user.click(within(item).getByRole('button', { name: 'Pause' }));
		expect(calls('sync_now')).toEqual([{ source: '1' }]);
		expect(calls('pause_source')).toEqual([{ source: '1', paused: true }]);
	});

	it('is removed only after asking whether its tickets stay, with the safe answer under the hand', async () => {
		const { user, item } = await openSources({ phase: 'live', pushed: true });
		fake.answer('remove_source', () => ({ seq: '1' }));
		await user.click(within(item).getByRole('button', { name: 'Remove' }));
		expect(calls('remove_source')).toEqual([]);
		expect(await screen.findByRole('button', { name: 'Keep its tickets here' })).toHaveFocus();
		await user.keyboard('{Enter}');
		await waitFor(() => expect(calls('remove_source')).toEqual([{ source: '1', forget: false }]));
	});

	it('whose authorisation ran out is signed in again at its provider, and asks for no password', async () => {
		const stopped = { phase: 'stopped' as const, problem: { code: 'authorisation_expired' as const, params: { account: 'care@harbour.example' }, cause: null } };
		const { user, item } = await openSources(stopped, { provider: 'google' });
		fake.answer('begin_authorisation', () => ({ handle: 'asked', url: 'https://accounts.google.com/x' }));
		fake.answer('finish_authorisation', () => ({ handle: 'given', address: null }));
		fake.answer('set_authorisation', () => ({ seq: '1' }));
		expect(within(item).queryByRole('button', { name: 'New password' })).toBeNull();
		await user.click(within(item).getByRole('button', { name: 'Sign in with Google' }));
		await waitFor(() => expect(calls('set_authorisation')).toEqual([{ source: '1', handle: 'given' }]));
		expect(calls('begin_authorisation')).toEqual([{ provider: 'google', address: 'care@harbour.example' }]);
	});

	it('of imported files offers no syncing', async () => {
		const { item } = await openSources({ phase: 'complete' }, { kind: 'archive' });
		expect(within(item).getByText('Imported, does not change')).toBeInTheDocument();
		expect(within(item).queryByRole('button', { name: 'Check now' })).toBeNull();
	});

	it('can be added from here', async () => {
		const { user } = await openSources({ phase: 'connecting' });
		await user.click(screen.getByRole('button', { name: 'Add a mailbox' }));
		expect(await screen.findByRole('textbox', { name: 'Mail address' })).toBeInTheDocument();
		await user.click(screen.getByRole('button', { name: 'Back' }));
		expect(await screen.findByRole('article')).toBeInTheDocument();
	});
});

it('a provider shows its sign-in once its client id is kept', async () => {
	const user = await open('providers');
	await user.type(screen.getByRole('textbox', { name: 'Google client id' }), ' abc.apps.googleusercontent.com ');
	await user.tab();
	await waitFor(() => expect(saved().google_client_id).toBe('abc.apps.googleusercontent.com'));
});
