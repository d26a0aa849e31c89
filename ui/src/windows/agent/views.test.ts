/** Saved views as a person makes, finds, changes and loses them, in the agent window over a desk in memory. */
import { fireEvent, screen, waitFor, within } from '@testing-library/svelte';
import type { UserEvent } from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import type { ViewDraft } from '../../api/generated';
import { desk } from '../../shared/desk.svelte';
import type { FakeDesk } from '../../shared/testing/fakeDesk';
import { problem } from '../../shared/testing/fakeDesk';
import { usualLook } from '../../shared/testing/fakeLists';
import { rows, show, subjects } from '../../shared/testing/render';
import Agent from './Agent.svelte';

const listed = (): Promise<HTMLElement[]> => screen.findAllByRole('option');
const heading = (): HTMLElement => screen.getByRole('heading', { level: 1 });
const rail = (): HTMLElement => screen.getByRole('navigation');
const made = (fake: FakeDesk, name: string, query: string, more: Partial<ViewDraft> = {}): string => fake.lists.save(null, { name, folder: '', query, look: usualLook(), ...more });
const saved = (fake: FakeDesk): ViewDraft[] => [...fake.lists.saved.values()];

/** A menu is opened and used by keys, and found although it is never placed where nothing is laid out. */
async function choose(user: UserEvent, opener: HTMLElement, role: string, name: string): Promise<void> {
	opener.focus();
	if (screen.queryByRole('menu', { hidden: true }) === null) await user.keyboard('{Enter}');
	(await item(role, name)).focus();
	await user.keyboard('{Enter}');
}

async function item(role: string, name: string): Promise<HTMLElement> {
	const found = (await screen.findAllByRole(role, { hidden: true })).find((one) => one.textContent?.trim() === name);
	if (found === undefined) throw new Error(`there is no ${role} called ${name}`);
	return found;
}

describe('a new view', () => {
	it('is made from a search, with its name, and is shown', async () => {
		const { user, fake } = await show(Agent);
		await listed();
		await user.type(screen.getByRole('combobox', { name: 'Search tickets' }), 'tag:damaged');
		await user.click(await screen.findByRole('button', { name: 'Save as view' }));
		const dialog = await screen.findByRole('dialog', { name: 'New view' });
		expect(within(dialog).getByLabelText('Query')).toHaveValue('tag:damaged');
		expect(await within(dialog).findByText('Finds 3 tickets now')).toBeInTheDocument();
		await user.type(within(dialog).getByLabelText('Name'), 'Broken on arrival');
		await user.click(within(dialog).getByRole('button', { name: 'Save' }));
		await waitFor(() => expect(heading()).toHaveTextContent('Broken on arrival'));
		expect(saved(fake)).toMatchObject([{ name: 'Broken on arrival', query: 'tag:damaged' }]);
		expect(within(rail()).getByRole('button', { name: 'Broken on arrival, 3 tickets' })).toHaveAttribute('aria-current', 'page');
	});

	it('asks what was searched for last, though the list before it still stands', async () => {
		const { user, fake } = await show(Agent);
		await listed();
		const field = screen.getByRole('combobox', { name: 'Search tickets' });
		await user.type(field, 'tag:dam');
		const save = await screen.findByRole('button', { name: 'Save as view' });
		const release = fake.hold('tickets');
		await user.type(field, 'aged');
		await user.click(save);
		expect(within(await screen.findByRole('dialog', { name: 'New view' })).getByLabelText('Query')).toHaveValue('tag:damaged');
		release();
	});

	it('can not be saved while its query can not be read, and the dialog points at the part', async () => {
		const { user } = await show(Agent);
		await listed();
		await user.click(screen.getByRole('button', { name: 'New view' }));
		const dialog = await screen.findByRole('dialog', { name: 'New view' });
		await user.type(within(dialog).getByLabelText('Name'), 'Wrong');
		await user.type(within(dialog).getByLabelText('Query'), '茶 status:done');
		expect(await within(dialog).findByText('status:done', { selector: 'strong' })).toBeInTheDocument();
		expect(within(dialog).getByText(/A status is open, waiting or closed/)).toBeInTheDocument();
		await waitFor(() => expect(within(dialog).getByRole('button', { name: 'Save' })).toBeDisabled());
	});

	it('that the desk refuses keeps the dialog and says why', async () => {
		const { user } = await show(Agent, {}, (fake) =>
			fake.answer('save_view', () => {
				throw problem('too_many_views', { limit: '500' });
			}),
		);
		await listed();
		await user.click(screen.getByRole('button', { name: 'New view' }));
		const dialog = await screen.findByRole('dialog', { name: 'New view' });
		await user.type(within(dialog).getByLabelText('Name'), 'One more');
		await user.type(within(dialog).getByLabelText('Query'), 'is:vip');
		await waitFor(() => expect(within(dialog).getByRole('button', { name: 'Save' })).toBeEnabled());
		await user.click(within(dialog).getByRole('button', { name: 'Save' }));
		expect(await within(dialog).findByRole('alert')).toHaveTextContent('There are 500 views already');
	});
});

describe('the rail', () => {
	it('shows views by folder, folds a folder, and remembers it', async () => {
		const { user } = await show(Agent, {}, (fake) => {
			made(fake, 'Vip', 'is:vip');
			made(fake, 'Refunds', 'tag:退款', { folder: 'Money' });
		});
		await listed();
		const folder = await screen.findByRole('button', { name: 'Folder Money' });
		expect(within(rail()).getByRole('button', { name: /^Refunds/ })).toBeInTheDocument();
		await user.click(folder);
		expect(folder).toHaveAttribute('aria-expanded', 'false');
		expect(within(rail()).queryByRole('button', { name: /^Refunds/ })).toBeNull();
		expect(localStorage.getItem('foredeck.folded')).toBe('["Money"]');
		await user.click(folder);
	});

	it('is one stop for Tab, and walked with the arrows', async () => {
		const { user } = await show(Agent, {}, (fake) => made(fake, 'Vip', 'is:vip'));
		await listed();
		const stops = [...rail().querySelectorAll<HTMLElement>('.nav-row')].filter((row) => row.tabIndex === 0);
		expect(stops).toHaveLength(1);
		stops[0]!.focus();
		await user.keyboard('{ArrowDown}{ArrowDown}{ArrowDown}{ArrowDown}');
		expect(document.activeElement).toHaveAccessibleName(/^Vip/);
		await user.keyboard('{Enter}');
		await waitFor(() => expect(heading()).toHaveTextContent('Vip'));
		expect(desk.ticket).toBeUndefined();
	});

	it('counts live', async () => {
		const { fake } = await show(Agent, {}, (one) => made(one, 'Damaged', 'tag:damaged status:open'));
		await listed();
		const before = fake.count({ kind: 'view', view: { kind: 'saved', view: '1' } });
		fake.change([fake.rows[0]!.id], () => ({ status: 'closed' }));
		expect(await within(rail()).findByRole('button', { name: new RegExp(`^Damaged, ${before - 1} ticket`) })).toBeInTheDocument();
	});

	it('says of a view that is being counted that it is', async () => {
		await show(Agent, {}, (fake) => fake.lists.counting.set(made(fake, 'Vip', 'is:vip'), 40));
		await listed();
		expect(within(rail()).getByRole('button', { name: /^Vip, 3 tickets, being counted$/ })).toHaveAttribute('title', expect.stringContaining('40 %'));
	});

	it('says why a view over a tag that is gone is empty, on its row and in the list', async () => {
		const { user } = await show(Agent, {}, (fake) => made(fake, 'Old', 'tag:gone'));
		await listed();
		const row = within(rail()).getByRole('button', { name: /^Old/ });
		expect(row).toHaveAttribute('title', expect.stringContaining('tag:gone'));
		await user.click(row);
		expect(await screen.findByText('This view asks for tag:gone, which is not here.')).toBeInTheDocument();
		await user.click(screen.getByRole('button', { name: 'Change the query' }));
		expect(await screen.findByRole('dialog', { name: 'Change view' })).toBeInTheDocument();
	});
});

describe('the menu of a view', () => {
	it('deletes it, and undo brings it back', async () => {
		const { user, fake } = await show(Agent, {}, (one) => made(one, 'Vip', 'is:vip', { folder: 'Mine' }));
		await listed();
		await choose(user, within(rail()).getByRole('button', { name: 'What to do with Vip' }), 'menuitem', 'Delete');
		await waitFor(() => expect(saved(fake)).toEqual([]));
		await user.click(await screen.findByRole('button', { name: 'Undo' }));
		await waitFor(() => expect(saved(fake)).toMatchObject([{ name: 'Vip', folder: 'Mine', query: 'is:vip' }]));
	});

	it('moves it to a folder, opened by the right button', async () => {
		const { user, fake } = await show(Agent, {}, (one) => {
			made(one, 'Vip', 'is:vip');
			made(one, 'Refunds', 'tag:退款', { folder: 'Money' });
		});
		await listed();
		await fireEvent.contextMenu(within(rail()).getByRole('button', { name: /^Vip/ }));
		(await item('menuitem', 'Money')).focus();
		await user.keyboard('{Enter}');
		await waitFor(() => expect(saved(fake)[0]).toMatchObject({ name: 'Vip', folder: 'Money' }));
	});

	it('changes its name and keeps its list', async () => {
		const { user, fake } = await show(Agent, {}, (one) => made(one, 'Vip', 'is:vip'));
		await listed();
		await user.click(within(rail()).getByRole('button', { name: /^Vip/ }));
		await choose(user, within(rail()).getByRole('button', { name: 'What to do with Vip' }), 'menuitem', 'Change…');
		const name = within(await screen.findByRole('dialog', { name: 'Change view' })).getByLabelText('Name');
		await user.clear(name);
		await user.type(name, 'Important{Enter}');
		await waitFor(() => expect(heading()).toHaveTextContent('Important'));
		expect(saved(fake)).toHaveLength(1);
	});
});

describe('how a list is shown', () => {
	it('is kept: its order', async () => {
		const { user, fake } = await show(Agent);
		await listed();
		const [first] = subjects();
		await choose(user, screen.getByRole('button', { name: 'Newest first: order and what rows show' }), 'menuitemradio', 'Oldest first');
		await waitFor(() => expect(subjects()[0]).not.toBe(first));
		const oldest = fake.lists.in({ kind: 'view', view: { kind: 'standard', view: 'open' } })[0]!.row;
		expect(subjects()[0]).toBe(oldest.subject);
		expect(fake.lists.lookOf({ kind: 'standard', view: 'open' }).sort).toBe('oldest');
	});

	it('is kept: what its rows show', async () => {
		const { user, fake } = await show(Agent);
		await listed();
		expect(rows()[0]).toHaveTextContent('我真的很失望');
		const menu = screen.getByRole('button', { name: /^Newest first/ });
		await choose(user, menu, 'menuitemcheckbox', 'Start of the message');
		await choose(user, menu, 'menuitemcheckbox', 'Source');
		await waitFor(() => expect(rows()[0]).not.toHaveTextContent('我真的很失望'));
		await waitFor(() => expect(rows()[0]).toHaveTextContent('care@'));
		expect(fake.lists.lookOf({ kind: 'standard', view: 'open' }).columns).toEqual(['tags', 'messages', 'source']);
	});

	it('offers only the orders a view can be given', async () => {
		const { user } = await show(Agent);
		await listed();
		await user.keyboard('gw');
		await waitFor(() => expect(heading()).toHaveTextContent('Waiting'));
		screen.getByRole('button', { name: /^Newest first/ }).focus();
		await user.keyboard('{Enter}');
		expect((await screen.findAllByRole('menuitemradio', { hidden: true })).map((item) => item.textContent?.trim())).toEqual(['Newest first', 'Oldest first']);
	});
});

describe('a change of many', () => {
	it('reaches all of a view, not only what is read, and is taken back in one step', async () => {
		const { user, fake } = await show(Agent, { tickets: 1_000 });
		await listed();
		const open = fake.count({ kind: 'view', view: { kind: 'standard', view: 'open' } });
		await user.keyboard('{Control>}a{/Control}');
		await user.click(await screen.findByRole('button', { name: `Pick all ${open}` }));
		const bar = await screen.findByRole('toolbar', { name: `${open} selected` });
		await user.click(within(bar).getByRole('button', { name: 'Close' }));
		expect(await screen.findByText(`${open} tickets closed`)).toBeInTheDocument();
		expect(fake.rows.every((row) => row.status !== 'open')).toBe(true);
		await user.keyboard('{Control>}z{/Control}');
		await waitFor(() => expect(fake.count({ kind: 'view', view: { kind: 'standard', view: 'open' } })).toBe(open));
		expect(fake.calls.filter(({ name }) => name === 'undo')).toHaveLength(1);
	});

	it('says when it can not reach all of a view', async () => {
		const { user } = await show(Agent, { tickets: 10_000 });
		await listed();
		await user.keyboard('{Control>}a{/Control}');
		await user.click(await screen.findByRole('button', { name: /^Pick the first 5,000 of 5,7\d\d$/ }));
		await waitFor(() => expect(desk.selection.size).toBe(5_000));
	});

	it('sets the priority of all that are picked', async () => {
		const { user, fake } = await show(Agent);
		await listed();
		await user.keyboard('jjx');
		await user.keyboard('{Shift>}J{/Shift}');
		await choose(user, await screen.findByRole('button', { name: 'Priority' }), 'menuitem', 'High');
		await waitFor(() => expect(fake.rows.filter((row) => row.priority === 'high')).toHaveLength(2));
	});

	it('leaves alone in an undo what somebody changed since, and says so', async () => {
		const { user, fake } = await show(Agent);
		await listed();
		await user.keyboard('jx');
		await user.keyboard('{Shift>}J{/Shift}');
		await user.keyboard('e');
		await screen.findByText('2 tickets closed');
		fake.change([fake.rows[0]!.id], () => ({ subject: 'Changed by another' }));
		await user.keyboard('{Control>}z{/Control}');
		expect(await screen.findByText('Undone. 1 ticket was changed since and stays as it is.')).toBeInTheDocument();
		expect(fake.rows.slice(0, 2).map((row) => row.status)).toEqual(['closed', 'open']);
	});

	it('can be taken back when its toast has left', async () => {
		const { user, fake } = await show(Agent);
		await listed();
		await user.keyboard('je');
		await screen.findByText('Closed', { selector: '.toast span' });
		await user.click(screen.getByRole('button', { name: 'Dismiss' }));
		expect(fake.rows[0]!.status).toBe('closed');
		await user.keyboard('{Control>}z{/Control}');
		await waitFor(() => expect(fake.rows[0]!.status).toBe('open'));
	});
});

it('the palette goes to any view by its name', async () => {
	const { user } = await show(Agent, {}, (fake) => {
		for (let at = 0; at < 400; at += 1) made(fake, `View ${at}`, 'is:vip', { folder: `Folder ${at % 9}` });
	});
	await listed();
	await user.keyboard('{Control>}k{/Control}');
	await user.type(await screen.findByRole('combobox', { name: 'Commands' }), 'View 377{Enter}');
	await waitFor(() => expect(heading()).toHaveTextContent('View 377'));
});
