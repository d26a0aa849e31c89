/** A long list over a desk in memory: what is read, when, and what of it moves. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Sort, TicketRow } from '../../api/generated';
import { usePlatform } from '../../platform';
import { standard } from '../../shared/desk.svelte';
import { FakeDesk, problem } from '../../shared/testing/fakeDesk';
import { TicketList } from './ticketList.svelte';

let fake: FakeDesk;
let list: TicketList;

/** A time at which the halving for a list's end first meets a page of a single row. */
const NOW = 1_795_408_618_892;

async function begin(tickets: number, sort: Sort = 'newest'): Promise<void> {
	fake = new FakeDesk({ tickets, now: NOW });
	usePlatform(fake);
	fake.lists.setLook({ kind: 'standard', view: 'open' }, { sort, columns: [] });
	list = new TicketList(standard('open'));
	await list.look(0, 20);
}

beforeEach(() => begin(1_000));

const expected = (): string[] => fake.lists.in(standard('open')).map(({ row }) => row.id);
const ids = (from: number, to: number): (string | undefined)[] => Array.from({ length: to - from }, (_, at) => list.row(from + at)?.row.id);
const asked = (): number => fake.calls.splice(0).filter(({ name }) => name === 'tickets').length;
const change = (id: string, to: Partial<TicketRow>): void => void (fake.rows = fake.rows.map((row) => (row.id === id ? { ...row, ...to } : row)));

/** Scrolls through the list from one row to another, in steps. */
async function scroll(from: number, to: number, step = 40): Promise<void> {
	for (let at = from; step > 0 ? at < to : at > to; at += step) await list.look(Math.max(0, at), Math.max(0, at) + 20);
}

describe('a long list', () => {
	it('has its whole length as soon as its first page is here', () => {
		expect(list.length).toBe(expected().length);
	});

	it('is read to its end as it is scrolled, every ticket once', async () => {
		await scroll(0, list.length);
		expect(ids(0, list.length)).toEqual(expected());
		expect(list.more).toBe(false);
	});

	it('reads again only what is looked at', async () => {
		await scroll(0, list.length);
		const far = ids(450, 451)[0]!;
		change(far, { subject: 'Changed' });
		list.markStale();
		asked();
		await list.look(0, 20);
		expect(asked()).toBe(1);
		expect(list.row(450)!.row.subject).not.toBe('Changed');
		await list.look(445, 465);
		expect(list.row(450)!.row.subject).toBe('Changed');
	});

	it('loses no ticket when more come between two pages than a page holds', async () => {
		for (let ticket = 0; ticket < 300; ticket += 1) fake.arrive();
		await list.refresh();
		await scroll(0, list.length);
		expect(ids(0, list.length)).toEqual(expected());
	});

	it('is whole again when so many came that what was read is far away', async () => {
		for (let ticket = 0; ticket < 500; ticket += 1) fake.arrive();
		await list.refresh();
		expect(list.length).toBe(expected().length);
		await scroll(0, list.length);
		expect(ids(0, list.length)).toEqual(expected());
	});

	it('closes the gap that tickets leave', async () => {
		await scroll(0, 200);
		const gone = ids(50, 110) as string[];
		fake.change(gone, () => ({ status: 'closed' }));
		list.markStale();
		await list.look(40, 120);
		expect(ids(0, 140)).toEqual(expected().slice(0, 140));
		expect(list.length).toBe(expected().length);
	});

	it('keeps what it has when reading fails, and reads it when asked again', async () => {
		const before = ids(0, 40);
		let broken = true;
		const call = fake.call.bind(fake);
		fake.call = (name, args) => (broken ? Promise.reject(problem('internal', {})) : call(name, args));
		fake.arrive();
		await list.refresh();
		expect([ids(0, 40), list.problem?.code]).toEqual([before, 'internal']);
		broken = false;
		await list.retry();
		expect(list.problem).toBeUndefined();
		expect(ids(0, 40)).toEqual(expected().slice(0, 40));
	});

	it('holds still while somebody works with it, and lets everything in when asked', async () => {
		list.held = () => true;
		const before = ids(0, 40);
		fake.arrive();
		await list.refresh();
		expect(ids(0, 40)).toEqual(before);
		expect(list.arrived).toBe(1);
		list.release();
		expect(ids(0, 40)).toEqual(expected().slice(0, 40));
		expect(list.arrived).toBe(0);
	});
});

describe.each<Sort>(['newest', 'oldest', 'longest_wait', 'priority'])('a list of twenty thousand in the order %s', (sort) => {
	beforeEach(() => begin(20_000, sort));

	it('shows its end with a few short questions, and never reads what lies between', async () => {
		asked();
		const length = list.length;
		await list.look(length - 20, length);
		expect(ids(list.length - 20, list.length)).toEqual(expected().slice(-20));
		expect(list.length).toBe(length);
		expect(asked()).toBeLessThan(30);
	});

	it('leaps into its middle and goes on from there in both directions without a hole or a ticket twice', async () => {
		const middle = Math.floor(list.length / 2);
		await list.look(middle, middle + 20);
		await scroll(middle, middle + 400);
		const at = list.indexOf(list.row(middle)?.row.id);
		expect(at).toBe(middle);
		const all = expected();
		const down = ids(middle, middle + 400) as string[];
		const start = all.indexOf(down[0]!);
		expect(down).toEqual(all.slice(start, start + 400));
		const anchor = down[0]!;
		for (let step = 0; step < 12; step += 1) {
			const here = list.indexOf(anchor) - 30 * (step + 1);
			await list.look(Math.max(0, here), here + 20);
		}
		const now = list.indexOf(anchor);
		const up = ids(now - 300, now).filter((id) => id !== undefined);
		expect(up).toEqual(all.slice(start - up.length, start));
		expect(up.length).toBeGreaterThan(100);
	});
});

describe('a list of a hundred thousand', () => {
	it('keeps only what is near the view, its top, and where the open ticket is', async () => {
		await begin(100_000);
		const open = list.row(300)?.row.id ?? (await list.look(290, 310), list.row(300)!.row.id);
		list.open = () => open;
		await scroll(0, 8_000, 150);
		expect(list.rows.length).toBeLessThan(4_000);
		expect(list.row(0)).toBeDefined();
		expect(list.indexOf(open)).toBe(300);
		expect(list.row(4_000)).toBeUndefined();
		await list.look(4_000, 4_020);
		expect(ids(4_000, 4_020)).toEqual(expected().slice(4_000, 4_020));
	});
});

describe('a search that finds little', () => {
	it('looks on by itself until it has a view full, says how far it has looked, and stops when all is looked through', async () => {
		const found = fake.rows.slice(0, 3).map((row) => ({ row, place: row.last_message_at_ms, excerpt: null }));
		const seen: (number | null)[] = [];
		fake.answer('tickets', ({ after }) => {
			const step = after === null ? 0 : Number(after.ticket) + 1;
			seen.push(list.lookedTo);
			return { rows: found.slice(step, step + 1), next: step < 8 ? { place: 1_000_000 - step, ticket: String(step) } : null, total: null, highlights: [], looked_to_ms: step < 8 ? 900_000 - step : null };
		});
		list = new TicketList({ kind: 'search', query: 'rare' });
		await list.look(0, 20);
		expect(list.rows.map(({ row }) => row.id)).toEqual(found.map(({ row }) => row.id));
		expect(seen).toContain(899_996);
		expect([list.lookedTo, list.more]).toEqual([null, false]);
	});
});
