/** The composer over a desk in memory: who gets a reply, what is kept, how it leaves and comes back. */
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Draft, TicketRow } from '../../api/generated';
import { setLanguage } from '../../i18n/index.svelte';
import { usePlatform } from '../../platform';
import { desk } from '../../shared/desk.svelte';
import { FakeDesk, problem } from '../../shared/testing/fakeDesk';
import { toasts, undoLast } from '../../shared/toasts.svelte';
import Conversation from '../conversation/Conversation.svelte';
import Toasts from '../notice/Toasts.svelte';
import { forgetAllPending } from '../outbox/pending.svelte';
import { forgetDrafts } from './noteDrafts';
import { forgetReplies, replyOf } from './replies.svelte';
import type { Reply } from './reply.svelte';

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
	forgetDrafts();
	forgetAllPending();
	setLanguage('en');
});

const first = (): TicketRow => fake.rows[1] as TicketRow;
const second = (): TicketRow => fake.rows[2] as TicketRow;
const calls = (name: string): Record<string, unknown>[] => fake.calls.filter((call) => call.name === name).map((call) => call.args as Record<string, unknown>);
const words = (): HTMLElement => screen.getByRole('textbox', { name: 'Message' });
const field = (name: string): HTMLElement => screen.getByRole('combobox', { name });
const reply = (row = first()): Reply => replyOf(row.id) as Reply;

async function open(): Promise<{ user: UserEvent; rerender: (props: { ticket: string; highlights: string[] }) => Promise<void> }> {
	const { rerender } = render(Conversation, { ticket: first().id, highlights: [] });
	render(Toasts);
	desk.open(first().id);
	await screen.findByRole('heading', { level: 2 });
	return { user: userEvent.setup(), rerender };
}

/** An open reply with its editor loaded. */
async function begun(what: 'reply' | 'reply_all' | 'forward' = 'reply'): Promise<Awaited<ReturnType<typeof open>>> {
	const opened = await open();
	desk.write(what);
	await edited();
	// The editor takes the focus a frame later; a forward begins with whom it goes to.
	await waitFor(() => expect(what === 'forward' ? field('To') : words()).toHaveFocus());
	return opened;
}

const edited = (): Promise<void> => waitFor(() => expect(document.querySelector('.ProseMirror')).not.toBeNull());

/** As if typed: jsdom has no editing of its own. */
async function type(text: string): Promise<void> {
	const box = document.querySelector('.ProseMirror') as HTMLElement & { editor: { commands: { setContent: (html: string, options: object) => void } } };
	box.editor.commands.setContent(`<p>${text}</p>`, { emitUpdate: true });
}

const press = (key: string, more: KeyboardEventInit = {}): Promise<boolean> => fireEvent.keyDown(words(), { key, ...more });

describe('a reply', () => {
	it('stands as one line until somebody writes, and leaves no draft when it was only looked at', async () => {
		const { user } = await open();
		await user.click(screen.getByRole('button', { name: /Write to Marcus Webb/ }));
		await edited();
		expect(screen.getByText('marcus.webb@example.org')).toBeInTheDocument();
		await press('Escape');
		expect(await screen.findByRole('button', { name: /Write to Marcus Webb/ })).toBeInTheDocument();
		expect(calls('keep_draft')).toEqual([]);
		await waitFor(() => expect(fake.mail.drafts.size).toBe(0));
	});

	it('leaves none behind either when the desk told of the draft before it answered', async () => {
		const begin = fake.mail.answers.begin_reply as (args: { ticket: string; kind: 'reply' }) => Draft;
		await open();
		const asked = calls('conversation').length;
		fake.answer('begin_reply', async ({ ticket }) => {
			const draft = begin({ ticket, kind: 'reply' });
			await waitFor(() => expect(calls('conversation').length).toBeGreaterThan(asked));
			await new Promise((done) => setTimeout(done, 50));
			return draft;
		});
		desk.write('reply');
		await edited();
		await press('Escape');
		expect(await screen.findByRole('button', { name: /Write to Marcus Webb/ })).toBeInTheDocument();
		await waitFor(() => expect(fake.mail.drafts.size).toBe(0));
	});

	it('begins above the signature, which alone is nothing written', async () => {
		fake.boot.settings.signature = 'Maya\nHarbour Home';
		await begun();
		expect(words().querySelectorAll('p')[1]).toHaveTextContent('-- MayaHarbour Home');
		await press('Escape');
		await waitFor(() => expect(fake.mail.drafts.size).toBe(0));
	});

	it('opens as a draft that was begun, with its words', async () => {
		fake.mail.answers.keep_draft?.({ ticket: first().id, text: { kind: 'reply', from: { name: '', email: 'care@harbour.example' }, to: [{ name: '', email: 'a@x.example' }], cc: [], bcc: [], subject: 'Re: x', html: '<p>As I said</p>', quote: null } });
		await open();
		await waitFor(() => expect(words()).toHaveTextContent('As I said'));
		expect(screen.getByText(/^Draft kept/)).toBeInTheDocument();
	});

	it('is kept after a pause, and once more when it is left', async () => {
		const { rerender } = await begun();
		await type('Half a sentence');
		await waitFor(() => expect(calls('keep_draft').at(-1)).toMatchObject({ ticket: first().id, text: { html: '<p>Half a sentence</p>' } }));
		expect(await screen.findByText(/^Draft kept/)).toBeInTheDocument();
		await type('Half a sentence and more');
		await rerender({ ticket: second().id, highlights: [] });
		await waitFor(() => expect(calls('keep_draft').at(-1)).toMatchObject({ ticket: first().id, text: { html: '<p>Half a sentence and more</p>' } }));
	});

	it('comes back when its ticket does, and no other gets its words', async () => {
		const { rerender } = await begun();
		await type('For the first');
		await rerender({ ticket: second().id, highlights: [] });
		await screen.findByRole('button', { name: /^Write to/ });
		desk.write('reply');
		await edited();
		await type('For the second');
		await rerender({ ticket: first().id, highlights: [] });
		await waitFor(() => expect(words()).toHaveTextContent('For the first'));
		await waitFor(() => expect(fake.mail.drafts.get(second().id)?.text.html).toBe('<p>For the second</p>'));
		expect(fake.mail.drafts.get(first().id)?.text.html).toBe('<p>For the first</p>');
	});

	it('writes one after the other, the newest last', async () => {
		await begun();
		const release = fake.hold('keep_draft');
		await type('one');
		void reply().flush();
		await waitFor(() => expect(calls('keep_draft')).toHaveLength(1));
		await type('two');
		void reply().flush();
		void reply().flush();
		release();
		await waitFor(() => expect(fake.mail.drafts.get(first().id)?.text.html).toBe('<p>two</p>'));
		expect(calls('keep_draft')).toHaveLength(2);
	});

	it('that can not be kept says so and is tried again', async () => {
		await begun();
		fake.answer('keep_draft', () => {
			throw problem('disk_full', {});
		});
		await type('Precious');
		expect(await screen.findByText(/could not be kept/)).toBeInTheDocument();
		expect(words()).toHaveTextContent('Precious');
		expect(await reply().flush()).toBe(false);
	});

	it('is discarded with a way back, and only then for good', async () => {
		const { user } = await begun();
		await type('A mistake');
		vi.useFakeTimers({ shouldAdvanceTime: true });
		await user.click(screen.getByRole('button', { name: 'Discard the draft' }));
		expect(await screen.findByText('Draft discarded')).toBeInTheDocument();
		expect(calls('discard_draft')).toEqual([]);
		await undoLast();
		await waitFor(() => expect(words()).toHaveTextContent('A mistake'));
		await vi.advanceTimersByTimeAsync(12_000);
		expect(calls('discard_draft')).toEqual([]);
		await user.click(screen.getByRole('button', { name: 'Discard the draft' }));
		await vi.advanceTimersByTimeAsync(12_000);
		expect(calls('discard_draft')).toEqual([{ ticket: first().id }]);
		expect(screen.getByRole('button', { name: /Write to/ })).toBeInTheDocument();
	});

	it('turns into a reply to all and a forward, and keeps what was written', async () => {
		await begun();
		await type('Same words');
		desk.write('reply_all');
		expect(await screen.findByText('Tom Reid')).toBeInTheDocument();
		desk.write('forward');
		await waitFor(() => expect(screen.queryByText('marcus.webb@example.org')).toBeNull());
		expect(words()).toHaveTextContent('Same words');
		expect(screen.getByText(/^Forwarded: Marcus Webb/)).toBeInTheDocument();
	});

	it('shows what it quotes when asked, and leaves it out when told', async () => {
		const { user } = await begun();
		await user.click(screen.getByText(/^Quoted: Marcus Webb/));
		expect(await screen.findAllByText(/the banner is still up/)).not.toHaveLength(0);
		await user.click(screen.getByRole('button', { name: 'Leave the quoted text out' }));
		await waitFor(() => expect(calls('keep_draft').at(-1)).toMatchObject({ text: { quote: null } }));
		await user.click(screen.getByRole('button', { name: 'Quote the mail' }));
		expect(await screen.findByText(/^Quoted: Marcus Webb/)).toBeInTheDocument();
	});

	it('says why nothing can be sent, and leads to where that is set', async () => {
		fake.mail.cannotReply = problem('sending_not_set_up', { account: 'care@harbour.example' });
		const { user } = await open();
		desk.write('reply');
		expect(await screen.findByText('No server for outgoing mail is set for care@harbour.example.')).toBeInTheDocument();
		await user.click(screen.getByRole('button', { name: 'Set up sending' }));
		expect(desk.overlay).toEqual({ kind: 'settings', section: 'sources' });
		expect(calls('begin_reply')).toEqual([]);
	});

	it('has nothing that a screen reader would stumble over', async () => {
		const { user } = await begun('reply_all');
		await user.click(screen.getByRole('button', { name: 'Subject' }));
		await user.type(field('To'), 'new@x.example,broken,an');
		const rules = Object.fromEntries(['color-contrast', 'region', 'landmark-no-duplicate-banner', 'landmark-unique'].map((rule) => [rule, { enabled: false }]));
		const found = await axe.run(document.body, { rules });
		expect(found.violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`)).toEqual([]);
	});
});

describe('an address field', () => {
	it('takes a pasted list, marks what is no address and warns of who is new', async () => {
		const { user } = await begun();
		await user.click(field('To'));
		await user.paste('Ann <ann@x.example>; marcus.webb@example.org\nbroken@@x');
		expect(screen.getByText('Ann')).toBeInTheDocument();
		expect(screen.getAllByText('marcus.webb@example.org')).toHaveLength(1);
		expect(screen.getByText('broken@@x').closest('.recipient')).toHaveClass('wrong');
		expect(screen.getByText('New on this ticket: Ann')).toBeInTheDocument();
		await waitFor(() => expect(calls('keep_draft').at(-1)).toMatchObject({ text: { to: [{ email: 'marcus.webb@example.org' }, { email: 'ann@x.example' }, { email: 'broken@@x' }] } }));
	});

	it('takes the last one out by Backspace, and a typed one in by Enter, comma or leaving', async () => {
		const { user } = await begun();
		await user.click(field('To'));
		await user.keyboard('{Backspace}a@x.example{Enter}b@x.example,c@x.example');
		await user.tab();
		await waitFor(() => expect(reply().to.map(({ email }) => email)).toEqual(['a@x.example', 'b@x.example', 'c@x.example']));
	});

	it('offers who is known, chosen by arrow and Enter', async () => {
		const { user } = await begun();
		await user.click(screen.getByRole('button', { name: 'Cc' }));
		await user.type(field('Cc'), 'ann');
		expect(screen.getAllByRole('option')[0]).toHaveTextContent('anna@harbour.example');
		await user.keyboard('{ArrowDown}{Enter}');
		expect(reply().cc.map(({ email }) => email)).toEqual(['anna@harbour.example']);
	});

	it('does nothing with the Enter that chooses characters', async () => {
		const { user } = await begun();
		await user.type(field('To'), '林');
		await fireEvent.keyDown(field('To'), { key: 'Enter', isComposing: true });
		await fireEvent.keyDown(field('To'), { key: 'Enter', keyCode: 229 });
		expect(reply().to).toHaveLength(1);
	});

	it('stays usable with ten thousand, and says that they are too many', async () => {
		const { user } = await begun();
		await user.click(field('To'));
		await user.paste(Array.from({ length: 10_000 }, (_, n) => `p${n}@list.example`).join(', '));
		expect(screen.getByText('10,001 recipients are more than one mail may have (100).')).toBeInTheDocument();
		expect(document.querySelectorAll('.recipient').length).toBeLessThan(50);
		await type('Hello');
		await press('Enter', { ctrlKey: true });
		expect(calls('send')).toEqual([]);
		await user.click(screen.getByRole('button', { name: 'Take out all' }));
		expect(reply().to).toEqual([]);
	});

	it('lets one choose between several senders', async () => {
		fake.mail.from = [...fake.mail.from, { name: 'Harbour Home', email: 'orders@harbour.example' }];
		const { user } = await begun();
		await user.selectOptions(screen.getByRole('combobox', { name: 'From' }), 'orders@harbour.example');
		await waitFor(() => expect(calls('keep_draft').at(-1)).toMatchObject({ text: { from: { email: 'orders@harbour.example' } } }));
	});
});

describe('a file', () => {
	const file = (name: string, type: string, size = 10): File => new File([new Uint8Array(size)], name, { type });
	const drop = (...files: File[]): Promise<boolean> => fireEvent.drop(screen.getByRole('log'), { dataTransfer: { types: ['Files'], files } });

	it('dropped on the conversation opens a reply and goes with it', async () => {
		await open();
		await fireEvent.dragEnter(screen.getByRole('log'), { dataTransfer: { types: ['Files'], files: [] } });
		expect(screen.getByText('Drop to attach to your reply')).toBeInTheDocument();
		await drop(file('签收单.pdf', 'application/pdf', 84_000));
		expect(await screen.findByText('签收单.pdf')).toBeInTheDocument();
		expect(screen.queryByText('Drop to attach to your reply')).toBeNull();
		await screen.findByRole('button', { name: 'Take out 签收单.pdf' });
		expect(calls('attach')).toEqual([{ ticket: first().id, name: '签收单.pdf', type: 'application/pdf', size: 84_000, inline: false }]);
	});

	it('too large is refused by name before it is read, and stops no other', async () => {
		await begun();
		const huge = file('huge.png', 'image/png');
		Object.defineProperty(huge, 'size', { value: 40 * 1024 * 1024 });
		await drop(huge, file('small.txt', 'text/plain'));
		expect(await screen.findByText('huge.png is too large to attach.')).toBeInTheDocument();
		expect(await screen.findByRole('button', { name: 'Take out small.txt' })).toBeInTheDocument();
		expect(calls('attach')).toHaveLength(1);
	});

	it('shows that it is being taken in, and nothing is sent without it', async () => {
		await begun();
		await type('See the file');
		const release = fake.hold('attach');
		await drop(file('a.pdf', 'application/pdf'));
		expect(await screen.findByRole('progressbar', { name: 'Attaching' })).toBeInTheDocument();
		await press('Enter', { ctrlKey: true });
		expect(calls('send')).toEqual([]);
		release();
		await waitFor(() => expect(screen.queryByRole('progressbar', { name: 'Attaching' })).toBeNull());
	});

	it('is taken out again', async () => {
		const { user } = await begun();
		await drop(file('a.pdf', 'application/pdf'));
		await user.click(await screen.findByRole('button', { name: 'Take out a.pdf' }));
		await waitFor(() => expect(screen.queryByText('a.pdf')).toBeNull());
		expect(calls('detach')).toHaveLength(1);
	});
});

describe('sending', () => {
	it('shows the reply at once as held, before the desk has answered', async () => {
		await begun();
		await type('On its way');
		const release = fake.hold('send');
		await press('Enter', { ctrlKey: true });
		const card = await screen.findByRole('article', { name: /Reply to/ });
		expect(within(card).getByText('On its way')).toBeInTheDocument();
		expect(within(card).getByText(/^Held, leaves in \d+ s/)).toBeInTheDocument();
		expect(screen.queryByRole('textbox', { name: 'Message' })).toBeNull();
		release();
		await waitFor(() => expect(fake.mail.outbox).toHaveLength(1));
		expect(screen.getAllByRole('article', { name: /Reply to/ })).toHaveLength(1);
	});

	it('says what the person had read', async () => {
		await begun();
		await type('x');
		await press('Enter', { ctrlKey: true });
		await waitFor(() => expect(calls('send')).toEqual([{ ticket: first().id, seen: fake.mail.of(first().id).seen, then: null }]));
	});

	it('is undone as long as it is held: the words are a draft again', async () => {
		await begun();
		await type('Too early');
		await press('Enter', { ctrlKey: true });
		await screen.findByText(/leaves in 10 s$/);
		await waitFor(() => expect(fake.mail.outbox).toHaveLength(1));
		await undoLast();
		await waitFor(() => expect(words()).toHaveTextContent('Too early'));
		expect(fake.mail.outbox).toEqual([]);
		expect(screen.queryByText(/^Held/)).toBeNull();
	});

	it('is undone also before the desk has answered', async () => {
		await begun();
		await type('Too early');
		const release = fake.hold('send');
		await press('Enter', { ctrlKey: true });
		await screen.findByText(/leaves in 10 s$/);
		const undone = undoLast();
		release();
		expect(await undone).toBe(true);
		await waitFor(() => expect(words()).toHaveTextContent('Too early'));
		expect(fake.mail.outbox).toEqual([]);
		expect(screen.queryByText(/^Held/)).toBeNull();
	});

	it('is taken back once, though it is undone on its card and in the notice', async () => {
		await begun();
		await type('Too early');
		await press('Enter', { ctrlKey: true });
		await waitFor(() => expect(fake.mail.outbox).toHaveLength(1));
		const [onCard] = screen.getAllByRole('button', { name: /^Undo/ });
		await fireEvent.click(onCard as HTMLElement);
		await waitFor(() => expect(words()).toHaveTextContent('Too early'));
		await undoLast();
		expect(calls('take_back')).toHaveLength(1);
		expect(toasts().filter(({ problem }) => problem !== undefined)).toEqual([]);
	});

	it('is undone also when the next reply was opened meanwhile and nothing written in it', async () => {
		await begun();
		await type('Too early');
		await press('Enter', { ctrlKey: true });
		await waitFor(() => expect(fake.mail.outbox).toHaveLength(1));
		desk.write('reply');
		await edited();
		await undoLast();
		await waitFor(() => expect(words()).toHaveTextContent('Too early'));
		expect(fake.mail.outbox).toEqual([]);
	});

	it('and closing does both in one step, and undo takes both back', async () => {
		await begun();
		await type('Done');
		await press('Enter', { ctrlKey: true, shiftKey: true });
		await waitFor(() => expect(calls('send')).toMatchObject([{ then: 'closed' }]));
		await waitFor(() => expect(first().status).toBe('closed'));
		await undoLast();
		await waitFor(() => expect(first().status).toBe('open'));
	});

	it('that is refused leaves the reply where it was', async () => {
		fake.answer('send', () => {
			throw problem('text_too_long', {});
		});
		await begun();
		await type('Very long');
		await press('Enter', { ctrlKey: true });
		expect(await screen.findByText('The reply is too long to send as one mail.')).toBeInTheDocument();
		await waitFor(() => expect(words()).toHaveTextContent('Very long'));
		expect(screen.queryByText(/^Held/)).toBeNull();
	});

	it.each<[string, (user: UserEvent) => Promise<void>, RegExp]>([
		['nobody to send it to', (user) => user.type(field('To'), '{Backspace}'), /nobody to send it to/],
		['a word that is no address', (user) => user.type(field('To'), 'nonsense{Enter}'), /nonsense is not a mail address/],
	])('with %s says so and sends nothing', async (_what, spoil, said) => {
		const { user } = await begun();
		await type('Hello');
		await spoil(user);
		await press('Enter', { ctrlKey: true });
		expect(await screen.findByText(said)).toBeInTheDocument();
		expect(calls('send')).toEqual([]);
	});

	it('with nothing written says so and sends nothing', async () => {
		await begun();
		await press('Enter', { ctrlKey: true });
		expect(await screen.findByText('The reply is empty.')).toBeInTheDocument();
		expect(calls('send')).toEqual([]);
	});

	it('never happens by the Enter that chooses characters', async () => {
		await begun();
		await type('门店');
		await press('Enter', { ctrlKey: true, isComposing: true });
		await press('Enter', { ctrlKey: true, keyCode: 229 });
		await press('Enter');
		expect(calls('send')).toEqual([]);
	});

	it('becomes the message itself when the desk has sent it', async () => {
		await begun();
		await type('Arrives');
		await press('Enter', { ctrlKey: true });
		await waitFor(() => expect(fake.mail.outbox).toHaveLength(1));
		fake.mail.deliver(fake.mail.outbox[0]?.entry.id ?? '');
		await waitFor(() => expect(screen.queryByText(/^Held/)).toBeNull());
		await waitFor(() => expect(screen.getByText('Arrives').closest('article')).toHaveAttribute('data-from', 'agent'));
		expect(await screen.findByRole('button', { name: /Write to/ }, { timeout: 5_000 })).toBeInTheDocument();
	});
});
