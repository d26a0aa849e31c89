import { describe, expect, it } from 'vitest';
import type { ListedTicket, TicketRow } from '../../api/generated';
import { flatten, hold, inWindow, reach } from './pages';

const listed = (id: string, at: number): ListedTicket => ({ row: { id } as TicketRow, place: at, excerpt: null });
const ids = (rows: ListedTicket[]): string => rows.map(({ row }) => row.id).join('');
const nobody = (): boolean => false;
const [a, b, c, d] = [listed('a', 40), listed('b', 30), listed('c', 20), listed('d', 10)] as const;

describe('what is held still', () => {
	it('does not let new rows in above those that are shown, but counts them', () => {
		const shown = hold([b, c], [a, b, c], nobody);
		expect([ids(shown.rows), shown.arrived]).toEqual(['bc', 1]);
	});

	it('takes what comes behind the last row', () => {
		expect(ids(hold([a, b], [a, b, c, d], nobody).rows)).toBe('abcd');
	});

	it('lets rows go that are gone, and shows new content in place', () => {
		const changed = listed('c', 20);
		const shown = hold([a, b, c], [a, changed], nobody);
		expect(ids(shown.rows)).toBe('ac');
		expect(shown.rows[1]).toBe(changed);
	});

	it('keeps a ticket that has news where it is, and says so', () => {
		const news = listed('c', 50);
		const shown = hold([a, b, c], [news, a, b], nobody);
		expect([ids(shown.rows), shown.arrived, shown.moved]).toEqual(['abc', 0, 1]);
		expect(shown.rows[2]).toBe(news);
	});

	it('lets a ticket in at once that the person here changed', () => {
		expect(ids(hold([a, c], [a, b, c], (ticket) => ticket === 'b').rows)).toBe('abc');
		expect(ids(hold([b, c], [a, b, c], (ticket) => ticket === 'a').rows)).toBe('abc');
	});

	it('fills an empty list', () => {
		expect(ids(hold([], [a, b], nobody).rows)).toBe('ab');
	});
});

describe('pages', () => {
	it('show a ticket once, where it comes first', () => {
		const page = (rows: ListedTicket[]) => ({ after: null, rows, next: null, stale: false });
		expect(ids(flatten([page([listed('d', 50), a]), page([b, d])]))).toBe('dab');
	});

	it('end at their place even when the ticket there has moved away', () => {
		const place = { place: 20, ticket: 'c' };
		expect(reach([a, b, c, d], place)).toBe(3);
		expect(reach([a, b, d], place)).toBe(2);
		expect(reach([a, b], place)).toBeUndefined();
	});
});

describe('the rows that are drawn', () => {
	it('are those in view and a few around', () => {
		expect(inWindow(1_000, 50, 5_000, 500, 5)).toEqual({ first: 95, end: 115 });
	});

	it('never lie outside of the list, however far it was scrolled', () => {
		expect(inWindow(3, 50, 5_000, 500)).toEqual({ first: 3, end: 3 });
		expect(inWindow(3, 50, 0, 500)).toEqual({ first: 0, end: 3 });
	});
});
