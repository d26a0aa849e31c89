/** What waits to leave: said in words, with what can be done, in the conversation and in the list of all. */
import { cleanup, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OutboxEntry, OutboxItem, OutboxState, TicketRow } from '../../api/generated';
import { setLanguage } from '../../i18n/index.svelte';
import { usePlatform } from '../../platform';
import { desk } from '../../shared/desk.svelte';
import { FakeDesk, problem } from '../../shared/testing/fakeDesk';
import { undoLast } from '../../shared/toasts.svelte';
import { forgetReplies, replyOf } from '../composer/replies.svelte';
import Conversation from '../conversation/Conversation.svelte';
import Banners from '../notice/Banners.svelte';
import Toasts from '../notice/Toasts.svelte';
import StatusBar from '../status/StatusBar.svelte';
import OutboxPanel from './OutboxPanel.svelte';
import { forgetAllPending } from './pending.svelte';
import { segmentsOf } from './pieces';
import { wordsOf } from './words';

const NOW = Date.UTC(2026, 2, 12, 12);
const host = 'smtp.harbour.example';
let fake: FakeDesk;

beforeEach(async () => {
	fake = new FakeDesk();
	usePlatform(fake);
	await desk.start();
});
afterEach(() => {
	vi.useRealTimers();
	cleanup();
	forgetReplies();
	forgetAllPending();
	setLanguage('en');
});

const first = (): TicketRow => fake.rows[1] as TicketRow;
const calls = (name: string): unknown[] => fake.calls.filter((call) => call.name === name).map((call) => call.args);

/** A mail in the outbox of the desk. */
function waiting(state: OutboxState, change: Partial<OutboxEntry> = {}, more: Partial<OutboxItem> = {}, row = first()): string {
	const to = [{ name: row.requester_name, email: row.requester_email }];
	const { entry } = fake.mail.queue(row.id, { kind: 'reply', from: { name: 'Maya Chen', email: 'care@harbour.example' }, to, cc: [], bcc: [], subject: 'Re', html: '<p>It left today.</p>', quote: null });
	fake.mail.move(entry.id, state, { hold_until_ms: null, ...change }, more);
	return entry.id;
}

async function openTicket(): Promise<UserEvent> {
	render(Conversation, { ticket: first().id, highlights: [] });
	render(Toasts);
	desk.open(first().id);
	await screen.findByRole('heading', { level: 2 });
	return userEvent.setup();
}

const card = (): Promise<HTMLElement> => screen.findByRole('article', { name: /^Reply to / });

describe('the words of a mail on its way', () => {
	const words = (state: OutboxState, change: Partial<OutboxEntry> = {}, more: Partial<OutboxItem> = {}) => {
		waiting(state, change, more);
		return wordsOf(fake.mail.outbox[0] as OutboxItem, NOW);
	};

	it('count a hold down, and offer to undo it', () => {
		expect(words('held', { hold_until_ms: NOW + 7_400 })).toEqual({ loud: false, title: 'Held, leaves in 8 s', why: [], acts: ['undo'] });
	});

	it('say that a hold outlived the desk, and wait for a person', () => {
		expect(words('held')).toMatchObject({ loud: true, title: 'Held since Foredeck was closed', acts: ['send_now', 'edit', 'drop'] });
	});

	it('say why it has not gone, when it is tried again, and how often it was', () => {
		expect(words('waiting', { attempts: 3, next_try_at_ms: NOW + 40_000, problem: problem('delivery_deferred', { host }) })).toEqual({
			loud: false, title: 'Next try in 40 s',
			why: [`${host} asks to come again later.`, 'Many servers do this once with new senders. Foredeck tries again by itself.', '3 tries so far'],
			acts: ['try_now', 'edit', 'drop'],
		});
	});

	it.each<OutboxState>(['sending', 'handing_over'])('offer nothing while it is %s', (state) => {
		expect(words(state)).toMatchObject({ loud: false, title: 'Being sent', acts: [] });
	});

	it('say what is known of an outcome nobody knows', () => {
		expect(words('unknown', {}, { not_in_sent: true })).toMatchObject({ loud: true, title: 'Nobody knows whether it arrived', acts: ['mark_sent', 'send_again', 'edit', 'drop'] });
		expect(words('unknown', {}, { not_in_sent: true }).why[0]).toBe('It is not in the sent mail of care@harbour.example. Foredeck has looked since.');
	});

	it('say in both languages how much is new', () => {
		expect(words('review', {}, { news: 1 }).title).toBe('1 new mail since you read this');
		setLanguage('zh-CN');
		expect(words('review', {}, { news: 2 })).toMatchObject({ loud: true, acts: ['show_new', 'edit', 'send_anyway', 'drop'] });
	});

	it('say what a server refused and what to do', () => {
		expect(words('stopped', { problem: problem('recipients_refused', { host, recipients: 'a@x.example' }) })).toMatchObject({
			loud: true, title: `${host} refuses a@x.example.`, why: ['Nothing was sent to anybody. Correct or remove the address, then send again.'], acts: ['edit', 'try_again', 'drop'],
		});
	});
});

describe('the text of a mail on its way', () => {
	it('is told from what it quotes', () => {
		expect(segmentsOf('It left today.\n\nOn 3 Mar 2026, 14:02, Lin wrote:\n> It broke.\n>\n>> did it?')).toEqual([
			{ kind: 'new', text: 'It left today.' }, { kind: 'quote', text: 'On 3 Mar 2026, 14:02, Lin wrote:\n> It broke.\n>\n>> did it?' },
		]);
		expect(segmentsOf('第一行\n\n林静怡 于 2026年3月3日 写道：\n> 碎了')).toHaveLength(2);
	});

	it('without a quote is all its own', () => expect(segmentsOf('a > b\n\nyours')).toEqual([{ kind: 'new', text: 'a > b\n\nyours' }]));
});

describe('a card in the conversation', () => {
	it('in review leads to what is new, and goes anyway when a person says so', async () => {
		const seen = fake.mail.messages(first().id).at(-2)?.message.id ?? null;
		const id = waiting('review', { seen: { newest: seen, mails: 1 } }, { news: 1 });
		const user = await openTicket();
		await user.click(within(await card()).getByRole('button', { name: 'Show what is new' }));
		expect(document.activeElement).toHaveAttribute('data-message', fake.mail.messages(first().id).at(-1)?.message.id ?? '?');
		await user.click(within(await card()).getByRole('button', { name: 'Send anyway' }));
		await waitFor(() => expect(calls('release')).toEqual([{ outbox: id, was: 'review' }]));
	});

	it('of unknown outcome is sent again only after a question', async () => {
		const id = waiting('unknown');
		const user = await openTicket();
		await user.click(within(await card()).getByRole('button', { name: 'Send again' }));
		const dialog = await screen.findByRole('dialog', { name: 'Send it a second time?' });
		expect(dialog).toHaveTextContent('Marcus Webb gets the same reply twice');
		expect(calls('release')).toEqual([]);
		await user.click(within(dialog).getByRole('button', { name: 'Leave it' }));
		expect(calls('release')).toEqual([]);
		await user.click(within(await card()).getByRole('button', { name: 'Send again' }));
		await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Send again' }));
		await waitFor(() => expect(calls('release')).toEqual([{ outbox: id, was: 'unknown' }]));
	});

	it('that arrived after all is marked as sent', async () => {
		const id = waiting('unknown');
		const user = await openTicket();
		await user.click(within(await card()).getByRole('button', { name: 'Mark as sent' }));
		await waitFor(() => expect(calls('mark_sent')).toEqual([{ outbox: id }]));
		await waitFor(() => expect(screen.queryByText('Nobody knows whether it arrived')).toBeNull());
	});

	it('that was refused is edited: it is a draft again, open to write on', async () => {
		waiting('stopped', { problem: problem('message_too_large', { host }) });
		const user = await openTicket();
		await user.click(within(await card()).getByRole('button', { name: 'Edit' }));
		await waitFor(() => expect(replyOf(first().id)?.html).toBe('<p>It left today.</p>'));
		expect(await screen.findByRole('form', { name: 'Answer' })).toBeInTheDocument();
	});

	it('says when it is too late to take it back', async () => {
		waiting('held');
		const user = await openTicket();
		fake.answer('take_back', () => {
			throw problem('already_sent', {});
		});
		await user.click(within(await card()).getByRole('button', { name: 'Edit' }));
		expect(await screen.findByText('The reply has left already.')).toBeInTheDocument();
	});

	it('is dropped with a way back, and cannot leave meanwhile', async () => {
		vi.useFakeTimers({ shouldAdvanceTime: true });
		const id = waiting('waiting');
		const user = await openTicket();
		await user.click(within(await card()).getByRole('button', { name: 'Drop' }));
		expect(await screen.findByText('Reply dropped')).toBeInTheDocument();
		expect(calls('take_back')).toEqual([{ outbox: id }]);
		expect(fake.mail.outbox).toEqual([]);
		await undoLast();
		expect(await screen.findByRole('form', { name: 'Answer' })).toBeInTheDocument();
		await vi.advanceTimersByTimeAsync(12_000);
		expect(calls('discard_draft')).toEqual([]);
	});

	it('folds what it quotes', async () => {
		const id = waiting('waiting');
		const entry = fake.mail.outbox[0]?.entry as OutboxEntry;
		fake.mail.move(id, 'waiting', { outgoing: { ...entry.outgoing, text: 'Mine.\n\nOn Monday Lin wrote:\n> Theirs.' } });
		await openTicket();
		expect(within(await card()).getByText('Mine.')).toBeInTheDocument();
		expect(within(await card()).getByText('Quoted text, 2 lines')).toBeInTheDocument();
	});
});

describe('the list of all that waits', () => {
	const onClose = vi.fn();

	/** Without a layout a popover is never placed, so the list stands by itself here. */
	function openList(): { user: UserEvent; list: HTMLElement } {
		const { container } = render(OutboxPanel, { items: fake.mail.outbox, onClose });
		return { user: userEvent.setup(), list: container };
	}

	it('opens from the status bar and closes again', async () => {
		render(StatusBar);
		const user = userEvent.setup();
		await user.click(await screen.findByRole('button', { name: 'Outbox empty' }));
		expect(desk.overlay).toEqual({ kind: 'outbox' });
		await user.keyboard('{Escape}');
		await waitFor(() => expect(desk.overlay).toBeUndefined());
	});

	it('is quiet in the status bar until one needs a person', async () => {
		render(StatusBar);
		expect(await screen.findByRole('button', { name: 'Outbox empty' })).toBeInTheDocument();
		waiting('waiting');
		expect(await screen.findByRole('button', { name: 'Outbox 1 waiting' })).not.toHaveAttribute('data-health');
		waiting('stopped');
		expect(await screen.findByRole('button', { name: 'Outbox 2, one needs you' })).toHaveAttribute('data-health', 'failed');
	});

	it('says that nothing waits', async () => {
		const { list } = openList();
		expect(within(list).getByText('Nothing waits to be sent')).toBeInTheDocument();
	});

	it('puts those that need a person first, lets their words be read, and opens their ticket', async () => {
		waiting('waiting');
		waiting('stopped', {}, {}, fake.rows[3]);
		const { user, list } = openList();
		const rows = within(list).getAllByRole('article');
		expect(rows[0]).toHaveAccessibleName('Reply to Aisha Rahman');
		await user.click(within(rows[0] as HTMLElement).getByRole('button', { name: 'Read it' }));
		expect(within(rows[0] as HTMLElement).getByText('It left today.')).toBeInTheDocument();
		await user.click(within(rows[0] as HTMLElement).getByRole('button', { name: /^Open the ticket/ }));
		expect(desk.ticket).toBe(fake.rows[3]?.id);
		expect(onClose).toHaveBeenCalledOnce();
	});

	it('is where the notice of held replies leads', async () => {
		desk.notices = [problem('replies_held', { count: '2' })];
		render(Banners, { outbox: true });
		await userEvent.setup().click(await screen.findByRole('button', { name: 'Open the outbox' }));
		expect(desk.overlay).toEqual({ kind: 'outbox' });
	});

	it('has nothing that a screen reader would stumble over', async () => {
		waiting('unknown');
		waiting('waiting', { next_try_at_ms: Date.now() + 60_000, problem: problem('delivery_deferred', { host }) });
		openList();
		const off = Object.fromEntries(['color-contrast', 'region'].map((rule) => [rule, { enabled: false }]));
		const found = await axe.run(document.body, { rules: off });
		expect(found.violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`)).toEqual([]);
	});
});
