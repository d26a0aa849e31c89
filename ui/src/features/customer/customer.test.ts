/** The customer's panel: who they are, and what a person can say about them. */
import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import axe from 'axe-core';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Customer } from '../../api/generated';
import { usePlatform } from '../../platform';
import { desk } from '../../shared/desk.svelte';
import { FakeDesk, problem } from '../../shared/testing/fakeDesk';
import Toasts from '../notice/Toasts.svelte';
import CustomerPanel from './CustomerPanel.svelte';
import { tagOptions } from './tagOptions';

let fake: FakeDesk;
const NOON = Date.UTC(2026, 2, 12, 12);

const person = (change: Partial<Customer> = {}): Customer => ({
	id: '500', name: '林静怡', tier: 'standard', lang: 'zh', contacts: [{ kind: 'email', value: 'lin@mail.example' }, { kind: 'phone', value: '+86 571 8888' }],
	tags: [{ id: '4', name: '铂金', layer: 'base' }, { id: '5', name: 'repeat contact', layer: 'dynamic' }],
	first_seen_at_ms: NOON - 86_400_000, last_seen_at_ms: NOON, tickets: 9, open_tickets: 2, earlier: fake.rows.slice(0, 3), ...change,
});

async function open(change: Partial<Customer> = {}): Promise<UserEvent> {
	fake.answer('customer', () => person(change));
	render(CustomerPanel, { ticket: fake.rows[0]!.id, customer: '500' });
	render(Toasts);
	await screen.findByRole('heading', { level: 2 });
	return userEvent.setup();
}

beforeEach(async () => {
	fake = new FakeDesk();
	usePlatform(fake);
	await desk.start();
});

const calls = (name: string): unknown[] => fake.calls.filter((call) => call.name === name).map((call) => call.args);

describe('a customer', () => {
	it('is shown with what is known, and nothing made up', async () => {
		await open();
		expect(screen.getByRole('heading', { level: 2, name: '林静怡' })).toBeInTheDocument();
		expect(screen.getByText('Writes Chinese')).toBeInTheDocument();
		expect(screen.queryByText('Feeling')).toBeNull();
	});

	it('without a name is called by their address', async () => {
		await open({ name: '' });
		expect(screen.getByRole('heading', { level: 2, name: 'lin@mail.example' })).toBeInTheDocument();
	});

	it('with a hostile name is shown in its own direction, as text', async () => {
		const name = '\u202Eeman<b>x</b>';
		await open({ name });
		expect(screen.getByRole('heading', { level: 2 }).querySelector('bdi')?.textContent).toBe(name);
	});

	it('becomes a VIP by a press, which can be undone', async () => {
		const user = await open();
		await user.click(screen.getByRole('button', { name: 'VIP' }));
		await waitFor(() => expect(calls('set_tier')).toEqual([{ customer: '500', tier: 'vip' }]));
		await user.click(await screen.findByRole('button', { name: /Undo/ }));
		await waitFor(() => expect(calls('set_tier').at(-1)).toEqual({ customer: '500', tier: 'standard' }));
	});

	it('shows earlier tickets but not the one that is open, and opens one by a press', async () => {
		const user = await open();
		const earlier = screen.getByRole('region', { name: 'Earlier tickets' });
		expect(within(earlier).queryByRole('button', { name: new RegExp(fake.rows[0]!.subject) })).toBeNull();
		await user.click(within(earlier).getByRole('button', { name: new RegExp(fake.rows[1]!.subject) }));
		expect(desk.ticket).toBe(fake.rows[1]!.id);
	});

	it('opens their list from each count', async () => {
		const user = await open();
		await user.click(screen.getByRole('button', { name: '9 in all' }));
		expect(desk.scope).toEqual({ kind: 'customer', customer: '500' });
	});

	it('gives an address to the clipboard', async () => {
		const user = await open();
		await user.click(screen.getByRole('button', { name: 'Copy lin@mail.example' }));
		expect(await navigator.clipboard.readText()).toBe('lin@mail.example');
	});

	it('that can not be had says why, and asks again', async () => {
		const answer = vi.fn((): Customer => {
			throw problem('not_found', {});
		});
		fake.answer('customer', answer);
		render(CustomerPanel, { ticket: '1', customer: '500' });
		await userEvent.click(await screen.findByRole('button', { name: 'Try again' }));
		await waitFor(() => expect(answer).toHaveBeenCalledTimes(2));
	});

	it('has nothing that a screen reader would stumble over', async () => {
		await open();
		const found = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } });
		expect(found.violations.map((violation) => violation.id)).toEqual([]);
	});
});

describe('a tag', () => {
	const input = (): HTMLElement => screen.getByRole('combobox', { hidden: true });

	it('is made by its name, and taken away by its cross', async () => {
		const user = await open();
		screen.getByRole('button', { name: 'Add a tag to the customer' }).focus();
		await user.keyboard('{Enter}');
		await screen.findByRole('combobox', { hidden: true });
		await user.type(input(), 'Teacher');
		await user.keyboard('{Enter}');
		await waitFor(() => expect(calls('tag_customer')).toEqual([{ customer: '500', name: 'Teacher' }]));
		await user.click(screen.getByRole('button', { name: 'Remove tag 铂金' }));
		await waitFor(() => expect(calls('untag_customer')).toEqual([{ customer: '500', tag: '4' }]));
	});

	it('is not made by the Enter that chooses characters', async () => {
		const user = await open();
		screen.getByRole('button', { name: 'Add a tag to the customer' }).focus();
		await user.keyboard('{Enter}');
		await user.type(await screen.findByRole('combobox', { hidden: true }), '老师');
		await fireEvent.keyDown(input(), { key: 'Enter', isComposing: true });
		await fireEvent.keyDown(input(), { key: 'Enter', keyCode: 229 });
		expect(calls('tag_customer')).toEqual([]);
	});

	it('that is known is offered, and one that is on is neither offered nor made again', () => {
		const tags = fake.tags;
		expect(tagOptions(tags, [], 'DAM')).toMatchObject({ known: [{ name: 'damaged' }], create: 'DAM' });
		expect(tagOptions(tags, [], ' Damaged ')).toMatchObject({ known: [{ name: 'damaged' }], create: undefined });
		expect(tagOptions(tags, [{ name: 'DAMAGED' }], 'damaged')).toEqual({ known: [], create: undefined });
		expect(tagOptions(tags, [], '').known.map((tag) => tag.name)).not.toContain('delivery');
	});
});
