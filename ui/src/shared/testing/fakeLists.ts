/**
 * The lists of the desk in memory: standard views, saved views, tags, searches, each in any order, walked as the desk walks them:
 * downwards along (place, ticket). What was sorted once is kept until a row changes, so that a list of 100,000 can be scrolled.
 */
import type {
	Excerpt, ListedTicket, Look, Problem, RowCursor, SavedViewId, Scope, Sort, StandardView, Tag, TicketId, TicketPage, TicketRow, View, ViewDraft, ViewId,
} from '../../api/generated';
import { goneName, matches, parse, wordsOf, type Known, type Term } from './fakeQuery';

const BEYOND = 2 ** 43;
const PRIORITIES = ['low', 'normal', 'high', 'urgent'];
const ALL_SORTS: Sort[] = ['newest', 'oldest', 'longest_wait', 'priority'];
const STANDARD: Record<StandardView, { query: string; sorts: Sort[] }> = {
	open: { query: 'status:open', sorts: ALL_SORTS },
	urgent: { query: 'is:urgent', sorts: ['newest', 'oldest', 'longest_wait'] },
	waiting: { query: 'status:waiting', sorts: ['newest', 'oldest'] },
	closed: { query: 'status:closed', sorts: ['newest', 'oldest'] },
};
const MOST_VIEWS = 500;
export const usualLook = (): Look => ({ sort: 'newest', columns: ['snippet', 'tags', 'messages'] });

/** A ticket's place in a list of that order: lists are walked from the greatest to the least. */
export function placeIn(sort: Sort, row: TicketRow): number {
	const last = row.last_message_at_ms;
	if (sort === 'newest') return last;
	if (sort === 'oldest') return -last;
	if (sort === 'priority') return PRIORITIES.indexOf(row.priority) * BEYOND + last;
	return row.waiting_since_ms === null ? last : 2 * BEYOND - row.waiting_since_ms;
}

interface Placed {
	row: TicketRow;
	place: number;
}

interface Around {
	rows(): TicketRow[];
	tags(): Tag[];
	known(): Known;
	now(): number;
	problem(code: Problem['code'], params: Record<string, string>): Problem;
}

export class FakeLists {
	readonly saved = new Map<SavedViewId, ViewDraft>();
	/** Saved views that are still being counted, with how much of them is. */
	readonly counting = new Map<SavedViewId, number>();
	#looks = new Map<string, Look>();
	#sorted = new Map<string, Placed[]>();
	#last = 0;
	readonly #desk: Around;

	constructor(desk: Around) {
		this.#desk = desk;
	}

	/** Rows or views changed: nothing that was sorted holds any more. */
	forget(): void {
		this.#sorted.clear();
	}

	views(): View[] {
		const standard = (Object.keys(STANDARD) as StandardView[]).map((view) => this.#view({ kind: 'standard', view }));
		const saved = [...this.saved.keys()].map((view) => this.#view({ kind: 'saved', view }));
		const tags = this.#desk.tags().map((tag) => this.#view({ kind: 'tag', tag: tag.id }));
		return [...standard, ...saved, ...tags.filter((view) => view.tickets > 0)];
	}

	#view(id: ViewId): View {
		const rows = this.in({ kind: 'view', view: id });
		const counts = { id, look: this.lookOf(id), tickets: rows.length, unread: rows.filter(({ row }) => row.unread).length, folder: '', counted: null, problem: null };
		if (id.kind === 'standard') return { ...counts, name: '', ...STANDARD[id.view] };
		if (id.kind === 'tag') {
			const name = this.#desk.tags().find((tag) => tag.id === id.tag)?.name ?? '';
			return { ...counts, name, query: `tag:${name}`, sorts: ['newest', 'oldest'] };
		}
		const { name, folder, query } = this.#draft(id.view);
		const gone = goneName(parse(query), this.#desk.known());
		const problem = gone === undefined ? null : this.#desk.problem('view_name_gone', gone);
		return { ...counts, name, folder, query, sorts: ALL_SORTS, counted: this.counting.get(id.view) ?? null, problem };
	}

	lookOf(id: ViewId): Look {
		if (id.kind === 'saved') return this.#draft(id.view).look;
		return this.#looks.get(JSON.stringify(id)) ?? usualLook();
	}

	#draft(view: SavedViewId): ViewDraft {
		const draft = this.saved.get(view);
		if (draft === undefined) throw this.#desk.problem('not_found', {});
		return draft;
	}

	setLook(id: ViewId, look: Look): void {
		if (id.kind === 'saved') this.saved.set(id.view, { ...this.#draft(id.view), look });
		else this.#looks.set(JSON.stringify(id), look);
		this.forget();
	}

	save(view: SavedViewId | null, draft: ViewDraft): SavedViewId {
		const name = draft.name.trim();
		if (name === '' || [...name].length > 80 || [...draft.folder].length > 40) throw this.#desk.problem('invalid', {});
		parse(draft.query);
		if (view === null && this.saved.size >= MOST_VIEWS) throw this.#desk.problem('too_many_views', { limit: String(MOST_VIEWS) });
		if (view !== null) this.#draft(view);
		const id = view ?? String(++this.#last);
		this.saved.set(id, { ...draft, name, folder: draft.folder.trim() });
		this.forget();
		return id;
	}

	remove(view: SavedViewId): void {
		this.#draft(view);
		this.saved.delete(view);
		this.forget();
	}

	/** Everything in a list, in its order. */
	in(scope: Scope): Placed[] {
		const sort = scope.kind === 'view' ? this.lookOf(scope.view).sort : 'newest';
		const key = JSON.stringify(scope);
		let found = this.#sorted.get(key);
		if (found === undefined) {
			const rows = this.#desk.rows().filter(this.#asks(scope));
			found = rows.map((row) => ({ row, place: placeIn(sort, row) })).sort((a, b) => b.place - a.place || Number(b.row.id) - Number(a.row.id));
			this.#sorted.set(key, found);
		}
		return found;
	}

	#asks(scope: Scope): (row: TicketRow) => boolean {
		if (scope.kind === 'customer') return (row) => row.requester === scope.customer;
		if (scope.kind === 'figure') return (row) => (scope.figure.kind === 'urgent' ? row.urgent !== null : row.status === 'open');
		if (scope.kind === 'search') return this.#answers(parse(scope.query));
		const view = scope.view;
		if (view.kind === 'tag') return (row) => row.tags.some((tag) => tag.id === view.tag);
		return this.#answers(parse(view.kind === 'standard' ? STANDARD[view.view].query : this.#draft(view.view).query));
	}

	#answers(terms: Term[]): (row: TicketRow) => boolean {
		const [known, now] = [this.#desk.known(), this.#desk.now()];
		return (row) => matches(row, terms, known, now);
	}

	page(scope: Scope, after: RowCursor | null, limit: number): TicketPage {
		const all = this.in(scope);
		const from = after === null ? 0 : behind(all, after);
		const page = all.slice(from, from + limit);
		const last = page.at(-1);
		const more = from + limit < all.length;
		const words = scope.kind === 'search' ? wordsOf(parse(scope.query)) : [];
		return {
			rows: page.map(({ row, place }): ListedTicket => ({ row, place, excerpt: words.length > 0 ? excerpt(row, words) : null })),
			next: more && last ? { place: last.place, ticket: last.row.id } : null,
			total: scope.kind === 'search' && more ? null : all.length,
			highlights: words,
			looked_to_ms: null,
		};
	}

	ids(scope: Scope, limit: number): TicketId[] {
		return this.in(scope).slice(0, limit).map(({ row }) => row.id);
	}
}

/** How many rows come up to a place, whether or not its ticket is still there. */
function behind(all: Placed[], after: RowCursor): number {
	let [low, high] = [0, all.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		const { place, row } = all[middle] as Placed;
		if (place > after.place || (place === after.place && Number(row.id) >= Number(after.ticket))) low = middle + 1;
		else high = middle;
	}
	return low;
}

function excerpt(row: TicketRow, words: string[]): Excerpt {
	const text = `${row.snippet} …`;
	const marks = words.map((word): [number, number] => [text.toLowerCase().indexOf(word), word.length]).filter(([at]) => at >= 0);
	return { text, marks: marks.sort(([a], [b]) => a - b) };
}
