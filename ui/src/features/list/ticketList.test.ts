/** A long list over a desk in memory: what is read, when, and what of it moves. */
import { beforeEach, describe, expect, it } from 'vitest';
import { usePlatform } from '../../platform';
import { standard } from '../../shared/desk.svelte';
import { FakeDesk, problem } from '../../shared/testing/fakeDesk';
import { TicketList } from './ticketList.svelte';

let fake: FakeDesk;
let list: TicketList;

beforeEach(async () => {
	fake = new FakeDesk({ tickets: 1_000 });
	usePlatform(fake);
	list = new TicketList(standard('open'));
	await list.refresh([]);
});

const ids = (): string[] => list.rows.map(({ row }) => row.id);
const expected = (): string[] =>
	fake.rows.filter((row) => row.status === 'open').sort((a, b) => b.last_message_at_ms - a.last_message_at_ms).map((row) => row.id);
const asked = (): number => fake.calls.splice(0).length;

describe('a long list', () => {
	it('is read page by page to its end, every ticket once', async () => {
		while (list.more) await list.extend();
		expect(ids()).toEqual(expected());
	});

	it('reads again only the pages that are looked at', async () => {
		for (let page = 0; page < 3; page += 1) await list.extend();
		asked();
		const far = ids()[250]!;
		fake.rows = fake.rows.map((row) => (row.id === far ? { ...row, subject: 'Changed' } : row));
		list.markStale();
		await list.refresh(ids().slice(0, 10));
		expect(asked()).toBe(1);
		expect(list.rows[250]!.row.subject).not.toBe('Changed');
		expect(list.isStale([far])).toBe(true);
		await list.refresh([far]);
		expect(asked()).toBe(1);
		expect(list.rows[250]!.row.subject).toBe('Changed');
	});

	it('loses no ticket when more come between two pages than a page holds', async () => {
		await list.extend();
		for (let ticket = 0; ticket < 150; ticket += 1) fake.arrive();
		list.markStale();
		await list.refresh([]);
		const shown = ids().length;
		expect(ids()).toEqual(expected().slice(0, shown));
		expect(shown).toBe(350);
	});

	it('begins anew when so many came that what was read is far away', async () => {
		await list.extend();
		for (let ticket = 0; ticket < 700; ticket += 1) fake.arrive();
		list.markStale();
		await list.refresh([]);
		while (list.more) await list.extend();
		expect(ids()).toEqual(expected());
	});

	it('closes the gap that tickets leave', async () => {
		await list.extend();
		const gone = ids().slice(90, 110);
		fake.change(gone, () => ({ status: 'closed' }));
		list.markStale();
		await list.refresh(gone);
		expect(ids()).toEqual(expected().slice(0, 180));
	});

	it('keeps what it has when reading fails, and reads it when asked again', async () => {
		const before = list.rows;
		let broken = true;
		const call = fake.call.bind(fake);
		fake.call = (name, args) => (broken ? Promise.reject(problem('internal', {})) : call(name, args));
		fake.arrive();
		list.markStale();
		await list.refresh([]);
		expect([list.rows, list.problem?.code]).toEqual([before, 'internal']);
		broken = false;
		await list.refresh([]);
		expect(list.problem).toBeUndefined();
		expect(ids()).toEqual(expected().slice(0, ids().length));
	});

	it('holds still while somebody works with it, and lets everything in when asked', async () => {
		list.held = () => true;
		const before = ids();
		fake.arrive();
		list.markStale();
		await list.refresh([]);
		expect(ids()).toEqual(before);
		expect(list.arrived).toBe(1);
		list.release();
		expect(ids()).toEqual(expected().slice(0, ids().length));
		expect(list.arrived).toBe(0);
	});
});
