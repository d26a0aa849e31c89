/** The search as a person uses it, in the agent's window. */
import { fireEvent, screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { desk } from '../../shared/desk.svelte';
import type { FakeDesk } from '../../shared/testing/fakeDesk';
import { rows, show, subjects, type Shown } from '../../shared/testing/render';
import Agent from './Agent.svelte';

const field = (): HTMLInputElement => screen.getByRole('combobox', { name: 'Search tickets' });
const offers = (): string[] => within(screen.getByRole('listbox', { name: 'What can be typed' })).queryAllByRole('option').map((one) => one.textContent ?? '');
const offered = async (text: RegExp): Promise<HTMLElement> =>
	waitFor(() => within(screen.getByRole('listbox', { name: 'What can be typed' })).getByRole('option', { name: text }));
const query = (): string | undefined => (desk.scope.kind === 'search' ? desk.scope.query : undefined);
const asked = (fake: FakeDesk, name: string): number => fake.calls.filter((one) => one.name === name).length;

async function open(prepare?: (fake: FakeDesk) => void): Promise<Shown> {
	const shown = await show(Agent, {}, prepare);
	await waitFor(() => expect(rows().length).toBeGreaterThan(0));
	return shown;
}

describe('completion', () => {
	it('offers terms and then their values, and takes them by the arrows and Enter', async () => {
		const { user } = await open();
		await user.type(field(), 'sta');
		await offered(/status:/);
		expect(field()).toHaveAttribute('aria-expanded', 'true');
		await user.keyboard('{ArrowDown}');
		const chosen = await offered(/status:/);
		expect(chosen).toHaveAttribute('aria-selected', 'true');
		expect(field()).toHaveAttribute('aria-activedescendant', chosen.id);
		await user.keyboard('{Enter}');
		expect(field()).toHaveValue('status:');
		await offered(/^waiting/);
		await user.keyboard('{ArrowDown}{ArrowDown}{Enter}');
		await waitFor(() => expect(field()).toHaveValue('status:waiting '));
		await waitFor(() => expect(query()).toBe('status:waiting '));
	});

	it('is taken by Tab at once, also before its answer is there, and Tab with nothing to complete goes on', async () => {
		const { user } = await open();
		await user.type(field(), 'sta');
		await user.keyboard('{Tab}');
		await waitFor(() => expect(field()).toHaveValue('status:'));
		await user.keyboard('open ');
		await user.keyboard('{Tab}');
		expect(field()).not.toHaveFocus();
	});

	it('is never in the way of plain words: Enter searches for what was typed', async () => {
		const { user } = await open();
		await user.type(field(), 'st');
		await offered(/status:/);
		await user.keyboard('{Enter}');
		await waitFor(() => expect(query()).toBe('st'));
		expect(screen.queryByRole('listbox', { name: 'What can be typed' })).toBeNull();
	});

	it('means all that was typed when the field is left, also letters still held back', async () => {
		const { user } = await open();
		await user.click(field());
		await fireEvent.input(field(), { target: { value: 'tag:d' } });
		await fireEvent.input(field(), { target: { value: 'tag:damaged' } });
		expect(query()).toBe('tag:d');
		await user.click(screen.getByRole('button', { name: 'Settings' }));
		expect(query()).toBe('tag:damaged');
	});

	it('drops answers that come too late', async () => {
		const { user, fake } = await open();
		const release = fake.hold('complete');
		await user.type(field(), 'sta');
		await waitFor(() => expect(asked(fake, 'complete')).toBe(1));
		await user.clear(field());
		await user.type(field(), 'zzz');
		release();
		await waitFor(() => expect(asked(fake, 'complete')).toBe(2));
		await waitFor(() => expect(query()).toBe('zzz'));
		expect(screen.queryByText('status:')).toBeNull();
	});

	it('does not call wrong what is only not whole yet, and says why of what is', async () => {
		const { user } = await open();
		await user.type(field(), 'channel:');
		await offered(/social/);
		expect(screen.queryByRole('alert')).toBeNull();
		await user.keyboard('fax');
		expect(await screen.findByRole('alert')).toHaveTextContent('A channel is mail, chat, phone or social.');
	});

	it.each([
		['waiting:soon', 'That is not a time ago. Write it as >2h, <30m or <7d.'],
		['lang:xx', 'A language is zh, en, ja or ko.'],
	])('%s is pointed at with its reason', async (typed, why) => {
		const { user } = await open();
		await user.type(field(), typed);
		// What was typed so far may have been pointed at for another reason.
		await waitFor(() => expect(screen.getByRole('alert')).toHaveTextContent(why));
	});

	it('leaves an input method alone: its arrows and its Enter are its own, and nothing is searched for until it is done', async () => {
		const { user, fake } = await open();
		await user.click(field());
		await user.keyboard('{ArrowDown}');
		const chosen = field().getAttribute('aria-activedescendant');
		await fireEvent.keyDown(field(), { key: 'ArrowDown', isComposing: true });
		await fireEvent.keyDown(field(), { key: 'Enter', keyCode: 229 });
		expect(field().getAttribute('aria-activedescendant')).toBe(chosen);
		field().value = 'tui';
		await fireEvent(field(), new InputEvent('input', { isComposing: true }));
		expect(query()).toBeUndefined();
		field().value = '退款';
		await fireEvent(field(), new CompositionEvent('compositionend'));
		await waitFor(() => expect(query()).toBe('退款'));
		expect(asked(fake, 'complete')).toBeLessThanOrEqual(1);
	});

	it('gives way to Escape: first what is chosen, then the search', async () => {
		const { user } = await open();
		await user.type(field(), 'sta');
		await offered(/status:/);
		await user.keyboard('{ArrowDown}{Escape}');
		expect(field()).toHaveValue('sta');
		expect(field()).toHaveFocus();
		await user.keyboard('{Escape}');
		expect(field()).toHaveValue('');
		expect(desk.scope.kind).toBe('view');
	});
});

describe('customers', () => {
	it('meant by a name are offered, and choosing one shows their tickets until Escape', async () => {
		const { user } = await open();
		await user.type(field(), 'marcus');
		await offered(/Marcus Webb.*3 tickets/);
		await user.keyboard('{ArrowDown}{Enter}');
		await waitFor(() => expect(desk.scope).toEqual({ kind: 'customer', customer: '501' }));
		expect(field()).toHaveValue('');
		await waitFor(() => expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent('Marcus Webb'));
		await user.keyboard('{Escape}');
		expect(desk.scope.kind).toBe('view');
	});

	it('stand for the words where more was asked for', async () => {
		const { user } = await open();
		await user.type(field(), 'is:open marcus');
		await user.click(await offered(/Marcus Webb/));
		await waitFor(() => expect(query()).toBe('is:open from:marcus.webb@example.org '));
	});

	it('whose name is only like what was typed are said to be so', async () => {
		const { user } = await open((fake) => fake.answer('people', () => [{ customer: '1', name: 'Lin Jingyi', email: 'lin@x.test', tickets: 1, guessed: true }]));
		await user.type(field(), 'linn');
		expect(await offered(/Lin Jingyi/)).toHaveTextContent('similar spelling · 1 ticket');
	});
});

describe('what was searched for lately', () => {
	it('is kept when it led somewhere, not with each letter, and is offered in the empty field', async () => {
		const { user, fake } = await open();
		await user.type(field(), 'kettle');
		await user.keyboard('{Escape}');
		expect(asked(fake, 'keep_search')).toBe(0);
		await user.type(field(), 'banner{Enter}');
		await waitFor(() => expect(fake.finding.recent).toEqual(['banner']));
		await user.keyboard('{Escape}');
		await user.click(field());
		await user.click(await offered(/^banner/));
		await waitFor(() => expect(query()).toBe('banner'));
	});

	it('is kept when a ticket was opened in it, once', async () => {
		const { user, fake } = await open();
		await user.type(field(), '退款');
		await waitFor(() => expect(subjects()[0]).toContain('退款'));
		await user.click(rows()[0] as HTMLElement);
		await user.click(rows()[1] as HTMLElement);
		await waitFor(() => expect(fake.finding.recent).toEqual(['退款']));
		expect(asked(fake, 'keep_search')).toBe(1);
	});

	it('is not kept when it cannot be read', async () => {
		const { user, fake } = await open();
		await user.type(field(), 'status:done{Enter}');
		await screen.findByRole('alert');
		expect(asked(fake, 'keep_search')).toBe(0);
	});

	it('can be forgotten, one and all', async () => {
		const { user, fake } = await open((fake) => (fake.finding.recent = ['one', 'two', 'three']));
		await user.click(field());
		await offered(/^one/);
		await user.keyboard('{ArrowDown}{Delete}');
		await waitFor(() => expect(fake.finding.recent).toEqual(['two', 'three']));
		await waitFor(() => expect(offers().some((text) => text.startsWith('one'))).toBe(false));
		await user.click(await offered(/Forget these searches/));
		await waitFor(() => expect(fake.finding.recent).toEqual([]));
	});
});

describe('how what was found divides', () => {
	const part = (name: RegExp): Promise<HTMLElement> => within(screen.getByRole('toolbar', { name: 'Narrow down' })).findByRole('button', { name });

	it('stands above it, and a press narrows the search down', async () => {
		const { user, fake } = await open();
		await user.type(field(), 'is:open ');
		await waitFor(() => expect(screen.getByRole('toolbar', { name: 'Narrow down' })).toBeInTheDocument());
		await user.click(await part(/^Language Chinese, \d+ tickets/));
		await waitFor(() => expect(query()).toBe('is:open lang:zh '));
		expect(field()).toHaveValue('is:open lang:zh ');
		await user.click(await part(/^Chinese: take out/));
		await waitFor(() => expect(query()).toBe('is:open '));
		expect(fake.calls.findIndex(({ name }) => name === 'facets')).toBeGreaterThan(fake.calls.findIndex(({ name, args }) => name === 'tickets' && JSON.stringify(args).includes('search')));
	});

	it('leaves out with Shift', async () => {
		const { user } = await open();
		await user.type(field(), 'is:open ');
		const chinese = await waitFor(() => part(/^Language Chinese/));
		await user.keyboard('{Shift>}');
		await user.click(chinese);
		await user.keyboard('{/Shift}');
		await waitFor(() => expect(query()).toBe('is:open -lang:zh '));
		expect(await part(/^not Chinese: take out/)).toHaveAttribute('aria-pressed', 'true');
	});

	it('changes what was typed last, though the rows before it still stand', async () => {
		const { user, fake } = await open();
		await user.type(field(), 'is:open ');
		const chinese = await waitFor(() => part(/^Language Chinese/));
		const release = fake.hold('tickets');
		await user.type(field(), 'kettle ');
		await waitFor(() => expect(query()).toBe('is:open kettle '));
		await user.click(chinese);
		expect(query()).toBe('is:open lang:zh kettle ');
		release();
	});

	it('never keeps the rows waiting', async () => {
		let release = (): void => undefined;
		const { user } = await open((fake) => (release = fake.hold('facets')));
		await user.type(field(), 'kettle');
		await waitFor(() => expect(subjects().some((subject) => subject.includes('kettle'))).toBe(true));
		release();
	});

	it('says among how many it was counted', async () => {
		const { user } = await open((fake) =>
			fake.answer('facets', () => ({ tickets: 1_000, all: false, facets: [{ kind: 'lang', term: 'lang:zh', label: 'zh', tickets: 400 }] })),
		);
		await user.type(field(), 'is:open ');
		expect(await screen.findByText('Of the newest 1,000')).toBeInTheDocument();
	});
});
