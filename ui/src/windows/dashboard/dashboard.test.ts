import { render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { usePlatform } from '../../platform';
import { FakeDesk, problem } from '../../shared/testing/fakeDesk';
import Dashboard from './Dashboard.svelte';

const NOW = new Date(2026, 2, 3, 14, 26).getTime();
let fake: FakeDesk;

beforeEach(() => {
	vi.useFakeTimers({ now: NOW, toFake: ['Date'] });
	fake = new FakeDesk({ tickets: 60, now: NOW });
	usePlatform(fake);
});
afterEach(() => {
	vi.useRealTimers();
});

const listed = (): unknown[] => fake.calls.filter(({ name }) => name === 'show_list').map(({ args }) => args);

describe('the dashboard', () => {
	it('opens the tickets behind each number', async () => {
		const user = userEvent.setup();
		render(Dashboard);
		const now = await screen.findByRole('region', { name: 'Now' });
		const numbers = within(now).getAllByRole('button').filter((one) => /^\d/u.test(one.textContent ?? ''));
		for (const number of numbers) await user.click(number);
		expect(listed()).toContainEqual({ scope: { kind: 'figure', figure: { kind: 'queue' } } });
		expect(listed()).toContainEqual({ scope: { kind: 'figure', figure: { kind: 'over_target' } } });
		expect(listed()).toContainEqual({ scope: { kind: 'figure', figure: { kind: 'urgent' } } });
		const from = new Date(2026, 2, 3, 14).getTime();
		expect(listed()).toContainEqual({ scope: { kind: 'figure', figure: { kind: 'arrived', from_ms: from, to_ms: from + 3_600_000 } } });
		expect(fake.calls.some(({ name }) => name === 'show_ticket')).toBe(true);
		expect(fake.opened).toContain('agent');
	});

	it('asks again when tickets change, without being told to', async () => {
		render(Dashboard);
		await screen.findByRole('region', { name: 'Now' });
		const before = fake.calls.filter(({ name }) => name === 'board').length;
		fake.arrive();
		await vi.waitFor(() => expect(fake.calls.filter(({ name }) => name === 'board').length).toBeGreaterThan(before));
	});

	it('shows the same hours as a table', async () => {
		const user = userEvent.setup();
		render(Dashboard);
		await user.click(await screen.findByRole('button', { name: 'Table' }));
		const row = screen.getByRole('row', { name: /^10:00–11:00 19/u });
		await user.click(within(row).getAllByRole('button')[0] as HTMLElement);
		const from = new Date(2026, 2, 3, 10).getTime();
		expect(listed()).toContainEqual({ scope: { kind: 'figure', figure: { kind: 'arrived', from_ms: from, to_ms: from + 3_600_000 } } });
	});

	it('takes an urgent ticket', async () => {
		const user = userEvent.setup();
		render(Dashboard);
		await user.click((await screen.findAllByRole('button', { name: 'Take' }))[0] as HTMLElement);
		expect(fake.calls.some(({ name }) => name === 'acknowledge')).toBe(true);
	});

	it('says what is wrong when the figures can not be read, and keeps quiet about nothing', async () => {
		fake.answer('board', () => {
			throw problem('internal', {});
		});
		render(Dashboard);
		expect(await screen.findByText('Something went wrong inside Foredeck.')).toBeInTheDocument();
	});

	it('ranks nothing by fewer than ten answers', async () => {
		const board = (await fake.call('board', {})) as import('../../api/generated').Board;
		fake.answer('board', () => ({ ...board, today: { arrived: 9, answered: 9, median_ms: 60_000, ninetieth_ms: 120_000, within_target: 9 } }));
		render(Dashboard);
		expect(await screen.findByText('under 10')).toBeInTheDocument();
	});
});
