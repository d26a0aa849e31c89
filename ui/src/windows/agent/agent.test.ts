/** The agent window as a person uses it, over a desk in memory. */
import { fireEvent, screen, waitFor, within } from '@testing-library/svelte';
import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import { desk } from '../../shared/desk.svelte';
import { problem } from '../../shared/testing/fakeDesk';
import { current, rows, show, subjects } from '../../shared/testing/render';
import Agent from './Agent.svelte';

const field = (): HTMLInputElement => screen.getByRole('combobox', { name: /^(Search tickets|搜索工单)$/ });
const press = (key: string, more: KeyboardEventInit = {}): Promise<boolean> => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const listed = async (): Promise<HTMLElement> => (await screen.findAllByRole('option'))[0]!;

describe('the list', () => {
	it('shows what is open, newest first, with as many as the rail says', async () => {
		const { fake } = await show(Agent);
		await listed();
		const open = fake.count({ kind: 'view', view: { kind: 'standard', view: 'open' } });
		expect(subjects()[0]).toBe('第二次收到碎的茶具，周六要用');
		expect(screen.getByRole('button', { name: `Open, ${open} tickets` })).toHaveAttribute('aria-current', 'page');
		expect(rows()[0]).toHaveAttribute('aria-setsize', String(open));
	});

	it('draws only the rows in view of a long list', async () => {
		await show(Agent, { tickets: 5_000 });
		await listed();
		expect(rows().length).toBeLessThan(60);
	});

	it('moves with j, k, Home and End, and opens what it moves to', async () => {
		const { user } = await show(Agent);
		await listed();
		await user.keyboard('jjj');
		expect(current()).toBe(rows()[2]);
		await user.keyboard('k');
		expect(current()).toBe(rows()[1]);
		expect(await screen.findByRole('heading', { level: 2, name: 'Promo code rejected at checkout' })).toBeInTheDocument();
		await user.keyboard('{Home}');
		expect(current()).toBe(rows()[0]);
	});

	it('closes the open ticket with e, opens the next, and undoes both', async () => {
		const { user, fake } = await show(Agent);
		await listed();
		await user.keyboard('j');
		const first = current()!.id;
		await user.keyboard('e');
		await waitFor(() => expect(document.getElementById(first)).toBeNull());
		expect(current()).toBe(rows()[0]);
		await user.keyboard('{Control>}z{/Control}');
		await waitFor(() => expect(rows()[0]!.id).toBe(first));
		expect(current()!.id).toBe(first);
		expect(fake.calls.filter((call) => ['set_status', 'undo'].includes(call.name)).map((call) => call.name)).toEqual(['set_status', 'undo']);
	});

	it('undoes with a quick hand what is still being done, not what was done before', async () => {
		const { user, fake } = await show(Agent);
		await listed();
		await user.keyboard('j');
		const first = desk.ticket;
		await user.keyboard('e');
		await waitFor(() => expect(desk.ticket).not.toBe(first));
		const second = desk.ticket;
		await screen.findByRole('button', { name: 'Undo' });
		const release = fake.hold('set_status');
		await user.keyboard('e{Control>}z{/Control}');
		release();
		await waitFor(() => expect(fake.calls.filter((call) => call.name === 'undo')).toHaveLength(1));
		const status = (ticket: typeof first): string | undefined => fake.rows.find((row) => row.id === ticket)?.status;
		await waitFor(() => expect([status(first), status(second)]).toEqual(['closed', 'open']));
	});

	it('does not move a row when mail comes while a ticket is open, but says so at the foot', async () => {
		const { user, fake } = await show(Agent);
		await listed();
		await user.keyboard('jj');
		const before = rows().map((row) => row.id);
		fake.arrive({ subject: 'Where is my parcel' });
		fake.arrive({ subject: 'And mine' });
		const notice = await screen.findByRole('button', { name: '2 new tickets, press . to show' });
		expect(rows().map((row) => row.id)).toEqual(before);
		expect(notice).toBeVisible();
		await user.keyboard('.');
		await waitFor(() => expect(subjects().slice(0, 2)).toEqual(['And mine', 'Where is my parcel']));
	});

	it('lets mail in at once while nobody works in the list', async () => {
		const { fake } = await show(Agent);
		await listed();
		fake.arrive({ subject: 'Where is my parcel' });
		await waitFor(() => expect(subjects()[0]).toBe('Where is my parcel'));
	});

	it('keeps the very elements of rows that did not change', async () => {
		const { fake } = await show(Agent);
		const first = await listed();
		fake.change([fake.rows[3]!.id], () => ({ subject: 'Renamed' }));
		await waitFor(() => expect(subjects()).toContain('Renamed'));
		expect(rows()[0]).toBe(first);
	});

	it('picks several with x and shift, and closes them together with one undo', async () => {
		const { user, fake } = await show(Agent);
		await listed();
		await user.keyboard('jx');
		await user.keyboard('{Shift>}J{/Shift}');
		const bar = await screen.findByRole('toolbar', { name: '2 selected' });
		await user.click(within(bar).getByRole('button', { name: 'Close' }));
		expect(await screen.findByText('2 tickets closed')).toBeInTheDocument();
		expect(fake.calls.find((call) => call.name === 'set_status')?.args).toMatchObject({ status: 'closed', tickets: { length: 2 } });
		await user.click(screen.getByRole('button', { name: 'Undo' }));
		await waitFor(() => expect(fake.rows.slice(0, 2).map((row) => row.status)).toEqual(['open', 'open']));
	});

	it('shows a tag at once, and takes it away with undo', async () => {
		const { user, fake } = await show(Agent);
		await listed();
		await user.keyboard('jjt');
		await user.type(await screen.findByRole('combobox', { name: /^(?!Search tickets|搜索工单)/ }), '加急{Enter}');
		await waitFor(() => expect(within(rows()[1]!).getByText('加急')).toBeInTheDocument());
		await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
		await user.keyboard('{Control>}z{/Control}');
		await waitFor(() => expect(fake.rows[1]!.tags).toEqual([]));
	});

	it('says why it is empty and leads on', async () => {
		const { user } = await show(Agent, { tickets: 3 });
		await listed();
		await user.keyboard('gc');
		expect(await screen.findByText('Nothing is closed yet')).toBeInTheDocument();
		await user.click(screen.getByRole('button', { name: 'Show open tickets' }));
		await listed();
	});

	it('says what failed and tries again', async () => {
		let broken = true;
		const { user } = await show(Agent, {}, (fake) => {
			const page = fake.call.bind(fake);
			fake.call = async (name, args) => {
				if (name === 'tickets' && broken) throw problem('disk_full', {});
				return page(name, args);
			};
		});
		await user.click(await screen.findByRole('button', { name: 'Try again' }).then((button) => ((broken = false), button)));
		await listed();
	});
});

describe('the search', () => {
	it('follows what is typed and drops answers that come too late', async () => {
		const { user, fake } = await show(Agent);
		await listed();
		const release = fake.hold('tickets');
		await user.type(field(), '茶');
		await waitFor(() => expect(desk.scope).toEqual({ kind: 'search', query: '茶' }));
		await user.clear(field());
		await user.type(field(), '验证码');
		await waitFor(() => expect(desk.scope).toEqual({ kind: 'search', query: '验证码' }));
		release();
		await waitFor(() => expect(subjects()[0]).toBe('登录一直提示验证码错误'));
		expect(subjects().every((subject) => subject.startsWith('登录'))).toBe(true);
	});

	it('marks what matched', async () => {
		const { user } = await show(Agent);
		await listed();
		await user.type(field(), 'banner');
		expect(await screen.findAllByText('banner', { selector: 'mark' })).not.toHaveLength(0);
	});

	it('points at what it cannot read and keeps the tickets it had', async () => {
		const { user } = await show(Agent);
		await listed();
		const before = subjects();
		await user.click(field());
		await user.paste('茶 status:done');
		const alert = await screen.findByRole('alert');
		expect(within(alert).getByText('status:done', { selector: 'strong' })).toBeInTheDocument();
		expect(alert).toHaveTextContent('A status is open, waiting or closed.');
		expect(field()).toHaveAttribute('aria-invalid', 'true');
		expect(subjects()).toEqual(before);
	});

	it('returns with Escape to the view and the ticket where it began', async () => {
		const { user } = await show(Agent);
		await listed();
		await user.keyboard('gw');
		await waitFor(() => expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent('Waiting'));
		await user.keyboard('j');
		const ticket = desk.ticket;
		await user.keyboard('/');
		expect(field()).toHaveFocus();
		await user.keyboard('kettle');
		await waitFor(() => expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent('Search'));
		await user.keyboard('{Enter}');
		await waitFor(() => expect(desk.ticket).not.toBe(ticket));
		await user.keyboard('{Escape}');
		await waitFor(() => expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent('Waiting'));
		expect(desk.ticket).toBe(ticket);
		expect(field()).toHaveValue('');
	});

	it('says that nothing matches, and gives the keys back with Escape', async () => {
		const { user } = await show(Agent);
		await listed();
		await user.type(field(), 'zzzz');
		expect(await screen.findByText('Nothing matches')).toBeInTheDocument();
		await user.keyboard('{Escape}');
		await listed();
		await user.keyboard('j');
		expect(current()).toBe(rows()[0]);
		expect(field()).toHaveValue('');
	});
});

describe('keys', () => {
	it('do nothing while an input method composes, whichever way the webview says so', async () => {
		const { fake } = await show(Agent);
		await listed();
		await press('j');
		const ticket = desk.ticket;
		await press('e', { isComposing: true });
		await press('e', { keyCode: 229 });
		await press('j', { isComposing: true });
		expect(desk.ticket).toBe(ticket);
		expect(fake.calls.some((call) => call.name === 'set_status')).toBe(false);
	});

	it('that are held down change one ticket, not all of them', async () => {
		const { fake } = await show(Agent);
		await listed();
		await press('j');
		await press('e');
		await press('e', { repeat: true });
		await press('e', { repeat: true });
		await screen.findByText('Closed', { selector: '.toast span' });
		expect(fake.calls.filter((call) => call.name === 'set_status')).toHaveLength(1);
	});

	it('belong to a menu while it is open', async () => {
		const { user, fake } = await show(Agent);
		await listed();
		await user.keyboard('j');
		await user.click(screen.getByRole('button', { name: /^care@ live/ }));
		await screen.findByText('Check now');
		await user.keyboard('e');
		expect(fake.calls.some((call) => call.name === 'set_status')).toBe(false);
		await user.click(screen.getByText('Pause'));
		await waitFor(() => expect(screen.getByRole('contentinfo', { name: 'Sources' })).toHaveTextContent('care@ paused'));
	});

	it('do nothing while somebody types', async () => {
		const { user, fake } = await show(Agent);
		await listed();
		await user.type(field(), 'eeee');
		expect(fake.calls.some((call) => call.name === 'set_status')).toBe(false);
	});

	it('g o goes to the open view and does not reopen a ticket', async () => {
		const { user, fake } = await show(Agent);
		await listed();
		await user.keyboard('gcj');
		await waitFor(() => expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent('Closed'));
		await user.keyboard('go');
		await waitFor(() => expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent('Open'));
		expect(fake.calls.some((call) => call.name === 'set_status')).toBe(false);
	});

	it('take an urgent ticket, and make another urgent', async () => {
		const { user, fake } = await show(Agent);
		await listed();
		await user.keyboard('ja');
		await waitFor(() => expect(fake.rows[0]!.urgent).toBeNull());
		await user.keyboard('j!');
		await waitFor(() => expect(fake.rows[1]!.priority).toBe('urgent'));
	});

	it('are listed on a page of their own, with ?', async () => {
		const { user } = await show(Agent);
		await listed();
		await user.keyboard('?');
		const page = await screen.findByRole('dialog', { name: 'Keys' });
		expect(within(page).getByText('Close', { selector: 'dt' })).toBeInTheDocument();
		await user.keyboard('{Escape}');
		await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
	});
});

describe('the palette', () => {
	it('runs what is typed of its name', async () => {
		const { user } = await show(Agent);
		await listed();
		await user.keyboard('{Control>}k{/Control}');
		await user.type(await screen.findByRole('combobox', { name: /^(?!Search tickets|搜索工单)/ }), 'dark{Enter}');
		await waitFor(() => expect(document.documentElement.dataset.theme).toBe('dark'));
	});

	it('finds tickets too', async () => {
		const { user } = await show(Agent);
		await listed();
		await user.keyboard('{Control>}k{/Control}');
		await user.type(await screen.findByRole('combobox', { name: /^(?!Search tickets|搜索工单)/ }), '验证码');
		await user.click(await screen.findByRole('option', { name: '登录一直提示验证码错误 陈思远' }));
		expect(await screen.findByRole('heading', { level: 2, name: '登录一直提示验证码错误' })).toBeInTheDocument();
	});
});

describe('the window', () => {
	it('changes its language while it runs', async () => {
		const { fake } = await show(Agent);
		await listed();
		expect(screen.getByRole('button', { name: /^Waiting, / })).toBeInTheDocument();
		await desk.saveSettings({ language: 'zh-CN' });
		expect(await screen.findByRole('button', { name: /^等待客户，/ })).toBeInTheDocument();
		expect(document.documentElement.lang).toBe('zh-CN');
		expect(field()).toHaveAttribute('placeholder', '搜索工单、客户或任意文字');
		expect(fake.boot.settings.language).toBe('zh-CN');
	});

	it('keeps a setting although an answer that was asked for before it comes after it', async () => {
		const { fake } = await show(Agent);
		await listed();
		const older = structuredClone(fake.boot);
		let answer: (boot: typeof older) => void = () => undefined;
		fake.answer('boot', () => new Promise((done) => (answer = done)));
		const asked = desk.load();
		await waitFor(() => expect(fake.calls.filter(({ name }) => name === 'boot').length).toBeGreaterThan(1));
		const [late, saved] = [answer, desk.saveSettings({ theme: 'dark' })];
		expect(await saved).toBe(true);
		late(older);
		await asked;
		expect(desk.settings?.theme).toBe('dark');
	});

	it('saves settings one after the other, each with what was changed before it', async () => {
		const { fake } = await show(Agent);
		await listed();
		await Promise.all([desk.saveSettings({ language: 'zh-CN' }), desk.saveSettings({ theme: 'dark' })]);
		expect(fake.boot.settings).toMatchObject({ language: 'zh-CN', theme: 'dark' });
		expect(desk.settings).toMatchObject({ language: 'zh-CN', theme: 'dark' });
	});

	it('always says what each source is doing', async () => {
		const { fake } = await show(Agent);
		const bar = await screen.findByRole('contentinfo', { name: 'Sources' });
		expect(bar).toHaveTextContent('care@ live');
		expect(bar).toHaveTextContent('sales@ reading mail, 81,200 of 128,406, about 4 m');
		fake.tell({ kind: 'link', link: { source: '1', name: 'care@', as_of_ms: null, phase: { phase: 'stopped', problem: problem('password_refused', { host: 'imap.x.test', account: 'care@' }) } } });
		await waitFor(() => expect(bar).toHaveTextContent('care@ stopped: imap.x.test refuses this name or password.'));
	});

	it('keeps the width that somebody gave the list', async () => {
		const { fake, user } = await show(Agent);
		await listed();
		screen.getByRole('separator', { name: 'Width of the list' }).focus();
		await user.keyboard('{ArrowRight}{ArrowRight}');
		await waitFor(() => expect(fake.boot.settings.layout.list).toBe(296));
	});

	it('puts the customer away with p, and back', async () => {
		const { user } = await show(Agent);
		await listed();
		await user.keyboard('j');
		expect(await screen.findByRole('complementary', { name: 'Customer' })).toBeInTheDocument();
		await user.keyboard('p');
		await waitFor(() => expect(screen.queryByRole('complementary', { name: 'Customer' })).toBeNull());
		await user.keyboard('p');
		expect(await screen.findByRole('complementary', { name: 'Customer' })).toBeInTheDocument();
	});

	it('opens the ticket that a notification asks for', async () => {
		const { fake } = await show(Agent);
		await listed();
		fake.tell({ kind: 'open_ticket', ticket: fake.rows[5]!.id });
		await waitFor(() => expect(desk.ticket).toBe(fake.rows[5]!.id));
	});

	it('reads everything anew when it lagged', async () => {
		const { fake } = await show(Agent);
		await listed();
		fake.rows = fake.rows.map((row, at) => (at === 0 ? { ...row, subject: 'Changed unheard' } : row));
		fake.tell({ kind: 'lagged' });
		await waitFor(() => expect(subjects()[0]).toBe('Changed unheard'));
	});

	it('says when the program behind the page has stopped, and when it is back', async () => {
		const { fake } = await show(Agent);
		await listed();
		fake.reach(false);
		expect(await screen.findByText('Foredeck has stopped.')).toBeInTheDocument();
		fake.reach(true);
		await waitFor(() => expect(screen.queryByText('Foredeck has stopped.')).toBeNull());
	});

	it('tells what failed and takes nothing for done', async () => {
		const { user } = await show(Agent, {}, (fake) =>
			fake.answer('set_status', () => {
				throw problem('disk_full', {});
			}),
		);
		await listed();
		await user.keyboard('je');
		expect(await screen.findByText('The disk is full.')).toBeInTheDocument();
		expect(current()).toBe(rows()[0]);
	});

	it('offers a way in when there is nothing to read from', async () => {
		const { fake } = await show(Agent, { boot: { links: [] } });
		expect(fake.calls.some((call) => call.name === 'tickets')).toBe(false);
		expect(screen.queryByRole('listbox')).toBeNull();
	});

	it('has nothing that axe objects to, at rest, in a search, with its layers', async () => {
		const { user } = await show(Agent);
		await listed();
		await user.keyboard('jjx');
		await expectAccessible();
		await user.keyboard('{Escape}?');
		await screen.findByRole('dialog');
		await expectAccessible();
		await user.keyboard('{Escape}{Control>}k{/Control}');
		await screen.findByRole('combobox', { name: /^(?!Search tickets|搜索工单)/ });
		await expectAccessible();
	});
});

async function expectAccessible(): Promise<void> {
	// Colours are looked at in a real browser; jsdom draws nothing.
	const result = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } });
	expect(result.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => [node.html, ...node.any.flatMap((check) => check.relatedNodes?.map((other) => other.html) ?? [])].map((html) => html.slice(0, 120))).join(' | ')}`)).toEqual([]);
}
