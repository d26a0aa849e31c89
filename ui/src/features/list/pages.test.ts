import { describe, expect, it } from 'vitest';
import type { ListedTicket, TicketRow } from '../../api/generated';
import { fillGap, gap, inWindow, offsetsOf, page, pageAt, placeAbove, placeBetween, reach, settle, wayInto, type Page } from './pages';

const listed = (id: string, place: number): ListedTicket => ({ row: { id } as TicketRow, place, excerpt: null });
const ids = (rows: ListedTicket[] | undefined): string => (rows ?? []).map(({ row }) => row.id).join('');
const nobody = (): boolean => false;
const [a, b, c, d] = [listed('a', 40), listed('b', 30), listed('c', 20), listed('d', 10)] as const;

/** One page that shows some rows and was read anew. */
const read = (shown: ListedTicket[], fresh: ListedTicket[], last = false): Page => ({ ...page(null, last ? null : { place: 0, ticket: 'z' }, fresh), rows: shown });
const held = (pages: Page[], mine: (ticket: string) => boolean = nobody): [string, number, number] => {
	const { arrived, moved } = settle(pages, true, mine);
	return [pages.map((one) => ids(one.rows)).join('|'), arrived, moved];
};

describe('what is held still', () => {
	it('does not let new rows in above those that are shown, but counts them', () => {
		expect(held([read([b, c], [a, b, c])])).toEqual(['bc', 1, 0]);
	});

	it('takes what comes behind the last row of the list', () => {
		expect(held([read([a, b], [a, b, c, d], true)])).toEqual(['abcd', 0, 0]);
	});

	it('lets rows go that are gone, and shows new content in place', () => {
		const changed = listed('c', 20);
		const one = read([a, b, c], [a, changed]);
		expect(held([one])).toEqual(['ac', 0, 0]);
		expect(one.rows?.[1]).toBe(changed);
	});

	it('keeps a ticket that has news where it is, and says so', () => {
		const news = listed('c', 50);
		const one = read([a, b, c], [news, a, b]);
		expect(held([one])).toEqual(['abc', 0, 1]);
		expect(one.rows?.[2]).toBe(news);
	});

	it('keeps a ticket that moved to another page where it is', () => {
		const news = listed('d', 50);
		expect(held([read([a, b], [news, a, b]), read([c, d], [c])])).toEqual(['ab|cd', 0, 1]);
	});

	it('lets a ticket in at once that the person here changed', () => {
		expect(held([read([a, c], [a, b, c])], (ticket) => ticket === 'b')).toEqual(['abc', 0, 0]);
		expect(held([read([b, c], [a, b, c])], (ticket) => ticket === 'a')).toEqual(['abc', 0, 0]);
	});

	it('shows at once what is looked at for the first time', () => {
		expect(held([read([a], [a]), page(null, null, [b, c])])).toEqual(['a|bc', 0, 0]);
	});
});

describe('pages', () => {
	it('show a ticket once, where it comes first', () => {
		const pages = [page(null, null, [listed('d', 50), a]), page(null, null, [b, d])];
		settle(pages, false, nobody);
		expect(pages.map((one) => ids(one.rows))).toEqual(['da', 'b']);
	});

	it('end at their place even when the ticket there has moved away', () => {
		const place = { place: 20, ticket: 'c' };
		expect(reach([a, b, c, d], place)).toBe(3);
		expect(reach([a, b, d], place)).toBe(2);
		expect(reach([a, b], place)).toBeUndefined();
	});

	it('of equal places are told apart by their tickets, which descend', () => {
		expect(reach([listed('9', 20), listed('7', 20), listed('5', 20)], { place: 20, ticket: '6' })).toBe(2);
	});

	it('are found by the number of a row, empty ones passed over', () => {
		const offsets = offsetsOf([page(null, null, [a, b]), page(null, null, []), page(null, null, [c])]);
		expect(offsets).toEqual([0, 2, 2, 3]);
		expect([0, 1, 2].map((row) => pageAt(offsets, row))).toEqual([0, 0, 2]);
	});
});

describe('a gap', () => {
	it('holds what the counter knows and nobody has read', () => {
		const pages = [page(null, null, [a, b]), gap(null, null, 0)];
		fillGap(pages, 950_000);
		expect(pages[1]?.count).toBe(949_998);
		fillGap(pages, 1);
		expect(pages[1]?.count).toBe(0);
	});

	it('is walked near its ends and leapt into between them', () => {
		const [open, closed] = [gap({ place: 9, ticket: '1' }, null, 10_000), gap({ place: 9, ticket: '1' }, { place: 1, ticket: '1' }, 10_000)];
		expect(wayInto(open, 0, 40, 600)).toBe('down');
		expect(wayInto(open, 5_000, 5_040, 600)).toBe('leap');
		expect(wayInto(open, 9_990, 10_000, 600)).toBe('leap');
		expect(wayInto(closed, 9_960, 10_000, 600)).toBe('up');
		expect(wayInto(closed, 4_000, 4_040, 600)).toBe('leap');
	});

	it('is divided at a place between its ends, if there is one', () => {
		const at = (place: number) => ({ place, ticket: '1' });
		expect(placeBetween(gap(at(1_000), at(0), 10), 0.25)).toBe(750);
		expect(placeBetween(gap(at(1), at(0), 10), 0.5)).toBeUndefined();
		expect(placeBetween(gap(at(1), null, 10), 0.5)).toBeUndefined();
	});

	it('is entered from below by how close the rows there lie, and farther after every miss', () => {
		const one = gap({ place: 10_000, ticket: '1' }, { place: 40, ticket: '1' }, 100);
		expect(placeAbove(one, [a, b, c, d], 10)).toBe(140);
		expect(placeAbove({ ...one, misses: 3 }, [a, b, c, d], 10)).toBe(840);
		expect(placeAbove(one, [], 10)).toBe(1_036);
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
