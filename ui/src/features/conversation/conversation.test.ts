/** The open ticket as a person reads it and writes notes on it. */
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Conversation as Answer, Message, ShownMessage, TicketRow } from '../../api/generated';
import { setLanguage } from '../../i18n/index.svelte';
import { usePlatform } from '../../platform';
import { desk } from '../../shared/desk.svelte';
import { FakeDesk, problem } from '../../shared/testing/fakeDesk';
import { makeTicket } from '../../shared/testing/fixtures';
import { forgetDrafts } from '../composer/noteDrafts';
import { forgetReplies } from '../composer/replies.svelte';
import Toasts from '../notice/Toasts.svelte';
import Conversation from './Conversation.svelte';

const NOON = Date.UTC(2026, 2, 12, 12);
let fake: FakeDesk;

beforeEach(async () => {
	fake = new FakeDesk();
	usePlatform(fake);
	await desk.start();
});
afterEach(() => {
	cleanup();
	forgetDrafts();
	forgetReplies();
	setLanguage('en');
});

function message(change: Partial<Message> = {}, shown: Partial<ShownMessage> = {}): ShownMessage {
	return {
		message: {
			id: '1', ticket: first().id, kind: 'mail', direction: 'inbound', from: { name: 'Lin Jingyi', email: 'lin@mail.example' },
			to: [{ name: '', email: 'care@harbour.example' }], cc: [], at_ms: NOON, text: '', lang: 'en', has_html: false, attachments: [],
			automatic: null, calendar: null, defects: [], gone_at_ms: null, ...change,
		},
		segments: [{ kind: 'new', text: 'Two cups are broken.' }], cut: false, show_html: false, blocked_images: 0, images_trusted: false, ...shown,
	};
}

const first = (): TicketRow => fake.rows[1] as TicketRow;
const second = (): TicketRow => fake.rows[2] as TicketRow;

function answers(messages: ShownMessage[], more: Partial<Answer> = {}): void {
	fake.answer('conversation', ({ ticket }) => {
		const row = fake.rows.find((one) => one.id === ticket) as TicketRow;
		return { ticket: makeTicket(row), messages, events: [], earlier: 0, note_draft: '', ...fake.mail.of(ticket), ...more };
	});
}

async function open(messages: ShownMessage[] = [message()], more: Partial<Answer> = {}, highlights: string[] = []) {
	answers(messages, more);
	const shown = render(Conversation, { ticket: first().id, highlights });
	await screen.findByRole('heading', { level: 2 });
	return { ...shown, user: userEvent.setup() };
}

async function openNote() {
	const shown = await open();
	await shown.user.click(screen.getByRole('tab', { name: 'Note' }));
	return shown;
}

const card = (name = 'Lin Jingyi'): HTMLElement => screen.getByRole('article', { name });
const note = (): HTMLTextAreaElement => screen.getByRole('textbox', { name: 'Internal note' });
const calls = (name: string): unknown[] => fake.calls.filter((call) => call.name === name).map((call) => call.args);

describe('a message', () => {
	it('folds what it quotes and its signature behind their line counts, and loses neither', async () => {
		const { user } = await open([
			message({}, {
				segments: [
					{ kind: 'new', text: 'Still broken.' },
					{ kind: 'quote', text: 'On Monday Maya wrote:\n> A new set is on its way.\n' },
					{ kind: 'signature', text: '-- \nLin\nHangzhou' },
				],
			}),
		]);
		expect(screen.getByText('Still broken.')).toBeVisible();
		expect(screen.queryByText(/A new set/)).toBeNull();
		await user.click(screen.getByText('Quoted text, 2 lines'));
		expect(await screen.findByText(/A new set is on its way\./)).toBeInTheDocument();
		await user.click(screen.getByText('Signature, 3 lines'));
		expect(await screen.findByText(/Hangzhou/)).toBeInTheDocument();
	});

	it('that is nothing but a quotation stands open', async () => {
		await open([message({}, { segments: [{ kind: 'quote', text: '> the whole mail' }] })]);
		expect(screen.getByText('the whole mail')).toBeInTheDocument();
	});

	it('shows its markup as text and a hostile name in its own direction', async () => {
		const name = '\u202Egnp.exe<img src=x onerror=alert(1)>';
		await open([message({ from: { name, email: 'x@evil.example' } }, { segments: [{ kind: 'new', text: '<script>alert(1)</script><b>bold</b>' }] })]);
		expect(screen.getByText('<script>alert(1)</script><b>bold</b>')).toBeInTheDocument();
		expect(card(name).querySelector('img, script, b')).toBeNull();
		expect(card(name).querySelector('header strong bdi')?.textContent).toBe(name);
	});

	it('without a sender, a date or words is still shown, and says so', async () => {
		await open([message({ from: { name: '', email: '' }, defects: ['no_sender', 'no_date', 'no_date'] }, { segments: [] })]);
		expect(within(card('No sender')).getByText('No text')).toBeInTheDocument();
		expect(screen.getAllByText(/came without a date/)).toHaveLength(1);
	});

	it('tells to whom it went in three words and in full when asked', async () => {
		const to = [{ name: '', email: 'care@harbour.example' }, ...Array.from({ length: 20_000 }, (_, n) => ({ name: '', email: `p${n}@list.example` }))];
		const { user } = await open([message({ to })]);
		await user.click(screen.getByRole('button', { name: 'Recipients: to care@, 20000 more' }));
		expect(screen.getByText('lin@mail.example')).toBeInTheDocument();
		expect(screen.getByText('19,951 more recipients')).toBeInTheDocument();
		expect(screen.queryByText('p60@list.example')).toBeNull();
	});

	it('of the team, of the customer and a private note are told apart in more than colour', async () => {
		await open([
			message({ id: '1' }),
			message({ id: '2', direction: 'outbound', from: { name: 'Maya Chen', email: 'care@harbour.example' } }),
			message({ id: '3', kind: 'note', direction: 'outbound', from: { name: 'Tom Reid', email: '' } }),
			message({ id: '4', kind: 'note', direction: 'outbound', from: { name: '', email: '' } }),
		]);
		expect(card()).toHaveAttribute('data-from', 'customer');
		expect(within(card('Maya Chen')).getByText('replied')).toBeInTheDocument();
		expect(within(card('Tom Reid')).getByText('internal note, never sent')).toBeInTheDocument();
		expect(card('You')).toHaveAttribute('data-from', 'note');
	});

	it('says which address a bounce is about, and why in words', async () => {
		await open([message({ automatic: { kind: 'bounce', recipients: ['bob@nowhere.example'], status: '5.1.1' } })]);
		expect(screen.getByText('Delivery failed to bob@nowhere.example (code 5.1.1: the address does not exist)')).toBeInTheDocument();
	});

	it('sets the language of its text', async () => {
		await open([message({ lang: 'zh' }, { segments: [{ kind: 'new', text: '杯子碎了' }] })]);
		expect(screen.getByText('杯子碎了').closest('[lang]')).toHaveAttribute('lang', 'zh-CN');
	});

	it('marks what a search found, also in what is folded', async () => {
		await open([message({}, { segments: [{ kind: 'new', text: 'Hello' }, { kind: 'quote', text: '> a refund please' }] })], {}, ['refund']);
		expect((await screen.findByText('refund')).tagName).toBe('MARK');
	});

	it('of ten megabytes shows its start and the rest piece by piece', async () => {
		const { user } = await open([message({}, { segments: [{ kind: 'new', text: 'word '.repeat(2_000_000) }] })]);
		const more = screen.getByRole('button', { name: /^Show more, 10 MB left/ });
		expect(card().textContent?.length).toBeLessThan(13_000);
		await user.click(more);
		expect(card().textContent?.length).toBeGreaterThan(60_000);
	});

	it('opens an address in its text outside of this window', async () => {
		const { user } = await open([message({}, { segments: [{ kind: 'new', text: 'See https://photos.example/1.' }] })]);
		await user.click(screen.getByRole('link', { name: 'https://photos.example/1' }));
		expect(fake.opened).toEqual(['https://photos.example/1']);
	});
});

describe('an attachment', () => {
	const file = { id: '7', name: 'receipt.pdf', media_type: 'application/pdf', size: 84_000, content_id: null, inline: false, hash: 'h' };

	it('is saved by a press, and says where', async () => {
		fake.answer('save_attachment', () => ({ path: '/home/maya/Downloads/receipt.pdf' }));
		const { user } = await open([message({ attachments: [file] })]);
		await user.click(screen.getByRole('button', { name: 'Save receipt.pdf 84 kB' }));
		expect(await screen.findByText('Saved to /home/maya/Downloads/receipt.pdf')).toBeInTheDocument();
	});

	it('that is not on this computer says so and saves nothing', async () => {
		const { user } = await open([message({ attachments: [{ ...file, hash: null }] })]);
		await user.click(screen.getByRole('button', { name: 'receipt.pdf Not on this computer' }));
		expect(screen.getByText('Not on this computer')).toBeInTheDocument();
		expect(calls('save_attachment')).toEqual([]);
	});

	it('one of ten thousand is shown among a dozen', async () => {
		await open([message({ attachments: Array.from({ length: 10_000 }, (_, n) => ({ ...file, id: String(n) })) })]);
		expect(screen.getAllByRole('button', { name: 'Save receipt.pdf 84 kB' })).toHaveLength(12);
		expect(screen.getByRole('button', { name: 'Show 9,988 more' })).toBeInTheDocument();
	});
});

describe('a formatted letter', () => {
	const letter = (shown: Partial<ShownMessage> = {}): ShownMessage => message({ has_html: true }, { show_html: true, ...shown });
	beforeEach(() => fake.answer('letter', ({ message, images }) => ({ path: `${message}/${images ? 'images' : 'plain'}?proof=p` })));
	const frame = (): Promise<HTMLIFrameElement> => screen.findByTitle<HTMLIFrameElement>(/Formatted message/);
	const say = (data: unknown, source: Window | null): boolean => window.dispatchEvent(new MessageEvent('message', { data, source }));

	it('stands in a frame that may run its script and nothing else', async () => {
		await open([letter()]);
		expect(await frame()).toHaveAttribute('sandbox', 'allow-scripts');
		expect((await frame()).src).toContain('/letter/1/plain?proof=p');
	});

	it('grows as its own frame says, and not as another does', async () => {
		await open([letter()]);
		const own = await frame();
		say({ height: 4_000 }, window);
		expect(own.style.blockSize).toBe('120px');
		say({ height: 400 }, own.contentWindow);
		await waitFor(() => expect(own.style.blockSize).toBe('400px'));
	});

	it('asks before a link that deceives, and shows where it goes', async () => {
		const { user } = await open([letter()]);
		say({ href: 'https://evil.example/login', text: 'www.bank.example' }, (await frame()).contentWindow);
		const dialog = await screen.findByRole('dialog', { name: 'Open this link?' });
		expect(within(dialog).getByText('evil.example').tagName).toBe('STRONG');
		expect(fake.opened).toEqual([]);
		await user.click(within(dialog).getByRole('button', { name: 'Open in the browser' }));
		expect(fake.opened).toEqual(['https://evil.example/login']);
	});

	it('opens an honest link at once and a script never', async () => {
		await open([letter()]);
		const { contentWindow } = await frame();
		say({ href: 'https://shop.example/', text: 'Our shop' }, contentWindow);
		say({ href: 'javascript:alert(1)', text: 'x' }, contentWindow);
		await waitFor(() => expect(fake.opened).toEqual(['https://shop.example/']));
	});

	it('keeps remote images off until asked for: once, or for a sender', async () => {
		fake.answer('trust_images', () => ({ seq: '1' }));
		const { user } = await open([letter({ blocked_images: 3 })]);
		expect(screen.getByText(/3 remote images are off/)).toBeInTheDocument();
		await user.click(screen.getByRole('button', { name: 'Show once' }));
		await waitFor(() => expect(calls('letter').at(-1)).toEqual({ message: '1', images: true }));
		expect(calls('trust_images')).toEqual([]);
	});

	it('shows images of a trusted sender, and stops when told', async () => {
		fake.answer('trust_images', () => ({ seq: '1' }));
		const { user } = await open([letter({ blocked_images: 3 })]);
		await user.click(screen.getByRole('button', { name: 'Always from lin@mail.example' }));
		await waitFor(() => expect(calls('trust_images')).toEqual([{ email: 'lin@mail.example', trusted: true }]));
		await waitFor(async () => expect((await frame()).src).toContain('/images'));
		await user.click(await screen.findByRole('button', { name: 'Stop' }));
		await waitFor(async () => expect((await frame()).src).toContain('/plain'));
	});

	it('gives its text when asked', async () => {
		const { user } = await open([letter()]);
		await user.click(screen.getByRole('button', { name: 'Plain text' }));
		expect(screen.getByText('Two cups are broken.')).toBeInTheDocument();
		expect(screen.queryByText(/here is its text/)).not.toBeInTheDocument();
	});

	it('gives its text and says why when the frame can not be had', async () => {
		fake.answer('letter', () => {
			throw problem('not_found', {});
		});
		await open([letter()]);
		expect(await screen.findByText(/here is its text/)).toBeInTheDocument();
		expect(screen.getByText('Two cups are broken.')).toBeInTheDocument();
	});
});

describe('the conversation', () => {
	it('loads earlier messages when asked, without losing what is shown', async () => {
		fake.answer('earlier_messages', () => ({ messages: [message({ id: '0', from: { name: 'Earlier', email: '' } })], earlier: 0 }));
		const { user } = await open([message()], { earlier: 1 });
		await user.click(screen.getByRole('button', { name: '1 earlier message' }));
		expect(await screen.findByRole('article', { name: 'Earlier' })).toBeInTheDocument();
		expect(card()).toBeInTheDocument();
		expect(screen.queryByRole('button', { name: /earlier message/ })).toBeNull();
	});

	it('says what happened between messages, and by whom', async () => {
		await open([message()], { events: [{ at_ms: NOON + 1, who: 'Maya Chen', what: { kind: 'status', from: 'open', to: 'waiting' } }, { at_ms: NOON + 2, who: '', what: { kind: 'urgent', reason: { kind: 'vip_waiting', waited_min: 75, target_min: 60 } } }] });
		expect(screen.getByText('Maya Chen set status from Open to Waiting')).toBeInTheDocument();
		expect(screen.getByText('Became urgent. VIP waiting 1 h 15 m; the target is 1 h')).toBeInTheDocument();
	});

	it('says why it is urgent and is taken by a press', async () => {
		fake.change([first().id], () => ({ urgent: { kind: 'words', word: '投诉' } }));
		const { user } = await open();
		expect(screen.getByText('The customer wrote “投诉”')).toBeInTheDocument();
		await user.click(screen.getByRole('button', { name: /Take it/ }));
		await waitFor(() => expect(calls('acknowledge')).toEqual([{ ticket: first().id }]));
	});

	it('changes the status from a menu, without a mouse', async () => {
		const { user } = await open();
		screen.getByRole('button', { name: 'Status: Open' }).focus();
		await user.keyboard('{Enter}');
		// Without a layout the menu is never placed, so it counts as hidden here.
		expect(await screen.findAllByRole('menuitemradio', { hidden: true })).toHaveLength(3);
		await user.keyboard('{ArrowDown}{Enter}');
		await waitFor(() => expect(calls('set_status')).toEqual([{ tickets: [first().id], status: 'waiting' }]));
	});

	it('marks a ticket as read once, and leaves one alone that a person marked unread again', async () => {
		vi.useFakeTimers({ shouldAdvanceTime: true });
		fake.change([first().id], () => ({ unread: true }));
		await open();
		await vi.advanceTimersByTimeAsync(700);
		expect(calls('mark_read')).toEqual([{ tickets: [first().id], read: true }]);
		fake.change([first().id], () => ({ unread: true }));
		await vi.advanceTimersByTimeAsync(1_000);
		expect(calls('mark_read')).toHaveLength(1);
		vi.useRealTimers();
	});

	it('says what is wrong when it can not be shown, and asks again', async () => {
		fake.answer('conversation', () => {
			throw problem('not_found', {});
		});
		render(Conversation, { ticket: first().id, highlights: [] });
		expect(await screen.findByText('It is not here any more.')).toBeInTheDocument();
		answers([message()]);
		await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
		expect(await screen.findByText('Two cups are broken.')).toBeInTheDocument();
	});

	it('speaks the other language as soon as it is chosen', async () => {
		await open([message({ automatic: { kind: 'auto_reply' } })]);
		setLanguage('zh-CN');
		expect(await screen.findByText('自动回复，不是人写的')).toBeInTheDocument();
		expect(screen.getByRole('button', { name: '状态：处理中' })).toBeInTheDocument();
		expect(screen.getByRole('tab', { name: '内部备注' })).toBeInTheDocument();
	});

	it('has nothing that a screen reader would stumble over', async () => {
		const { container } = await open([message({ attachments: [], cc: [{ name: 'B', email: 'b@x.example' }] }, { segments: [{ kind: 'new', text: 'Hi' }, { kind: 'quote', text: '> x' }] })], { earlier: 2 });
		// It stands inside the window's main part, and jsdom knows no colours.
		const off = Object.fromEntries(['color-contrast', 'region', 'landmark-no-duplicate-banner', 'landmark-unique'].map((rule) => [rule, { enabled: false }]));
		const found = await axe.run(container, { rules: off });
		expect(found.violations.map((violation) => violation.id)).toEqual([]);
	});
});

describe('a note', () => {
	it('is added by Ctrl and Enter, and its draft goes with it', async () => {
		const { user } = await openNote();
		await user.type(note(), 'Two sets left');
		await user.keyboard('{Control>}{Enter}{/Control}');
		await waitFor(() => expect(calls('add_note')).toEqual([{ ticket: first().id, text: 'Two sets left' }]));
		await waitFor(() => expect(note().value).toBe(''));
	});

	it('is never added by the Enter that chooses characters', async () => {
		const { user } = await openNote();
		await user.type(note(), '门店');
		await fireEvent.keyDown(note(), { key: 'Enter', ctrlKey: true, isComposing: true });
		await fireEvent.keyDown(note(), { key: 'Enter', ctrlKey: true, keyCode: 229 });
		await user.keyboard('{Enter}');
		expect(calls('add_note')).toEqual([]);
	});

	it('is kept as one types, and at once when the composer is left', async () => {
		const { user } = await openNote();
		await user.type(note(), 'Half a thou');
		await user.tab();
		await waitFor(() => expect(calls('keep_note_draft').at(-1)).toEqual({ ticket: first().id, text: 'Half a thou' }));
		expect(await screen.findByText(/^Draft kept/)).toBeInTheDocument();
	});

	it('survives the switch to another ticket and back', async () => {
		const { user, rerender } = await openNote();
		await user.type(note(), 'For the first');
		await rerender({ ticket: second().id, highlights: [] });
		await waitFor(() => expect(screen.queryByRole('textbox', { name: 'Internal note' })).toBeNull());
		expect(calls('keep_note_draft')).toContainEqual({ ticket: first().id, text: 'For the first' });
		await user.click(screen.getByRole('tab', { name: 'Note' }));
		await user.type(note(), 'For the second');
		await rerender({ ticket: first().id, highlights: [] });
		await waitFor(() => expect(note().value).toBe('For the first'));
	});

	it('comes back as the desk kept it', async () => {
		await open([message()], { note_draft: 'From yesterday' });
		expect(note().value).toBe('From yesterday');
	});

	it('stands alone where nothing can be sent, and says why', async () => {
		await open([message()], { cannot_reply: problem('not_found', {}) });
		expect(screen.queryByRole('tab', { name: 'Reply' })).toBeNull();
		expect(screen.getByText(/Nothing can be sent from an imported archive/)).toBeInTheDocument();
		expect(note()).toBeInTheDocument();
	});

	it('that is refused stays where it was typed', async () => {
		fake.answer('add_note', () => {
			throw problem('disk_full', {});
		});
		render(Toasts);
		const { user } = await openNote();
		await user.type(note(), 'Precious');
		await user.keyboard('{Control>}{Enter}{/Control}');
		expect(await screen.findByText('The disk is full.')).toBeInTheDocument();
		expect(note().value).toBe('Precious');
	});

	it('whose draft can not be kept says so', async () => {
		fake.answer('keep_note_draft', () => {
			throw problem('disk_full', {});
		});
		const { user } = await openNote();
		await user.type(note(), 'Precious');
		await user.tab();
		expect(await screen.findByText(/could not be kept/)).toBeInTheDocument();
	});
});

describe('what a search found', () => {
	const places = (): HTMLElement => screen.getByRole('group', { name: 'What the search found' });
	const current = (): string | null | undefined => document.querySelector('[data-current]')?.closest('[data-message]')?.getAttribute('data-message');
	const said = (id: string, text: string): ShownMessage => message({ id }, { segments: [{ kind: 'new', text }] });

	it('is gone through from the first place in the newest message that has one', async () => {
		const { user } = await open([said('1', 'One kettle.'), said('2', 'Two kettles and a kettle.'), said('3', 'Nothing.')], {}, ['kettle']);
		await waitFor(() => expect(places()).toHaveTextContent('2 of 3'));
		expect(current()).toBe('2');
		await user.click(within(places()).getByRole('button', { name: 'Next place found' }));
		expect(places()).toHaveTextContent('3 of 3');
		await user.click(within(places()).getByRole('button', { name: 'Next place found' }));
		expect(places()).toHaveTextContent('1 of 3');
		expect(current()).toBe('1');
		await user.click(within(places()).getByRole('button', { name: 'Place found before' }));
		expect(places()).toHaveTextContent('3 of 3');
		expect(document.querySelectorAll('[data-current]')).toHaveLength(1);
	});

	it('is marked in a note and in the subject too', async () => {
		await open([message({ id: '1', kind: 'note', direction: 'outbound' }, { segments: [{ kind: 'new', text: 'The promo was wrong.' }] })], {}, ['promo']);
		await waitFor(() => expect(places()).toHaveTextContent('1 of 1'));
		expect(within(screen.getByRole('heading', { level: 2 })).getByText('Promo').tagName).toBe('MARK');
	});

	it('is looked for in earlier messages where the newest have none', async () => {
		fake.answer('earlier_messages', ({ before }) =>
			before === '9' ? { messages: [said('8', 'Nothing yet.')], earlier: 1 } : { messages: [said('7', 'The kettle.')], earlier: 0 },
		);
		const { user } = await open([said('9', 'Nothing.')], { earlier: 2 }, ['kettle']);
		await user.click(await screen.findByRole('button', { name: 'Look in earlier ones' }));
		await waitFor(() => expect(places()).toHaveTextContent('1 of 1'));
		expect(current()).toBe('7');
	});

	it('needs no bar without a search', async () => {
		await open();
		expect(screen.queryByRole('group', { name: 'What the search found' })).toBeNull();
	});
});

describe('a very long message', () => {
	it('shows its beginning, and all of it when asked', async () => {
		fake.answer('whole_text', () => [{ kind: 'new', text: 'The beginning.' }, { kind: 'signature', text: 'Lin' }, { kind: 'new', text: 'The end.' }]);
		const { user } = await open([message({}, { cut: true, segments: [{ kind: 'new', text: 'The beginning.' }] })]);
		await user.click(await screen.findByRole('button', { name: 'Show all of this message' }));
		expect(await screen.findByText('The end.')).toBeInTheDocument();
		expect(screen.queryByRole('button', { name: 'Show all of this message' })).toBeNull();
	});

	it('that cannot be read whole says so and stays as it is', async () => {
		render(Toasts);
		fake.answer('whole_text', () => {
			throw problem('not_found', {});
		});
		const { user } = await open([message({}, { cut: true })]);
		await user.click(await screen.findByRole('button', { name: 'Show all of this message' }));
		expect(screen.getByText('Two cups are broken.')).toBeInTheDocument();
		expect(await screen.findByRole('button', { name: 'Show all of this message' })).toBeEnabled();
	});
});
