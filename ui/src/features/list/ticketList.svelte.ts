/**
 * One list of tickets as a pane shows it: read in pages where it is looked at, read again in place when it is stale, let go where nobody
 * looks any more, and steady while somebody works with it. One question is under way at a time, so no answer overwrites a newer one, and
 * all work is in proportion to the pages that are here, never to the list. How a list is cut up is told in `pages`.
 */
import { asProblem, call } from '../../api/client';
import type { ListedTicket, Problem, RowCursor, Scope, TicketId, TicketPage } from '../../api/generated';
import { share } from '../../api/share';
import { FIRST_ROWS } from '../../shared/opening';
import { isMine, remember } from '../../shared/rows';
import { below, fillGap, gap, offsetsOf, page, pageAt, placeAbove, placeBetween, reach, settle, wayInto, type Page } from './pages';

/** So many rows are read at a time after the first page: what the desk gives at most. */
const PAGE = 200;
/** So many rows beyond those in view are read before anybody gets there. */
const AHEAD = 200;
/** So many rows of a gap are walked rather than leapt over. */
const NEAR = 600;
/** So many rows are kept here; pages beyond, the farthest from the view first, are let go. */
const KEPT = 1_000;
/** So many rows may have come between two known places before what lies between becomes a gap again. */
const MOST_NEW = 400;
/** A page that changes all the time is read again this often. */
const PAUSE_MS = 250;
/** Below every place a ticket can have. */
const LOWEST = -(2 ** 43);
/** So often, each time twice as far, a gap is entered near its lower end before that is searched for. */
const MISSES = 3;
/** So many rows say how close together they lie. */
const FEW = 20;

interface Shown {
	pages: Page[];
	offsets: number[];
	/** In which page each row that is here lies. */
	where: Map<TicketId, number>;
}

const NOTHING: Shown = { pages: [], offsets: [0], where: new Map() };

export class TicketList {
	arrived = $state(0);
	moved = $state(0);
	total = $state.raw<number | null>(null);
	highlights = $state.raw<string[]>([]);
	problem = $state.raw<Problem>();
	/** Whether an answer, even an empty one, is here. */
	ready = $state(false);
	/** Up to when a search that finds little has looked so far. */
	lookedTo = $state.raw<number | null>(null);
	/** Where it was scrolled to when it was left. */
	scrollTop = 0;
	/** Whether somebody works with what is shown, so that it must not move. */
	held: () => boolean = () => false;
	/** A ticket whose page must stay, because it is open. */
	open: () => TicketId | undefined = () => undefined;

	#shown = $state.raw<Shown>(NOTHING);
	#pages: Page[] = [gap(null, null, 0)];
	#view = { first: 0, end: 1 };
	#working: Promise<void> | undefined;
	#restUntil = 0;
	/** Whether something was read that is not shown yet. */
	#news = false;
	/** Whether a breath was taken before reading ahead. */
	#rested = false;
	/** Who waits for the first rows. */
	#awaited: (() => void)[] = [];
	#later: ReturnType<typeof setTimeout> | undefined;

	constructor(readonly scope: Scope) {}

	/** How many rows the list has, as far as that is known. */
	get length(): number {
		return this.#shown.offsets.at(-1) ?? 0;
	}

	/** Whether there may be more than its length says. */
	get more(): boolean {
		return this.#shown.pages.some((one) => one.gap);
	}

	/** The row at a place of the list, if it is here. */
	row(index: number): ListedTicket | undefined {
		const { pages, offsets } = this.#shown;
		const at = pageAt(offsets, index);
		return pages[at]?.rows?.[index - (offsets[at] ?? 0)];
	}

	/** Where a ticket stands in the list, or -1 if it is not here. */
	indexOf(ticket: TicketId | undefined): number {
		const { pages, offsets, where } = this.#shown;
		const at = ticket === undefined ? undefined : where.get(ticket);
		if (at === undefined) return -1;
		return (offsets[at] ?? 0) + (pages[at]?.rows?.findIndex(({ row }) => row.id === ticket) ?? 0);
	}

	/** Every row that is here, in the list's order. */
	get rows(): ListedTicket[] {
		return this.#shown.pages.flatMap((one) => one.rows ?? []);
	}

	/** Says which rows are in view; what is not here of them, or stale, is read. */
	look(first: number, end: number): Promise<void> {
		this.#view = { first, end: Math.max(end, first + 1) };
		return this.problem === undefined ? this.#work() : Promise.resolve();
	}

	/** Something in the list may have changed: what is in view is read again now, the rest when it comes into view. */
	refresh(): Promise<void> {
		this.markStale();
		this.problem = undefined;
		return this.#work();
	}

	/** Reads the list from its beginning; done as soon as there is something to show, or it is known that there is nothing. */
	async begin(): Promise<void> {
		const shown = new Promise<void>((done) => this.#awaited.push(done));
		void this.refresh();
		await shown;
	}

	/** Reads what failed once more. */
	retry(): Promise<void> {
		this.problem = undefined;
		return this.#work();
	}

	markStale(): void {
		for (const one of this.#pages) one.stale = true;
	}

	/** Shows everything where it belongs. */
	release(): void {
		this.#publish(false);
	}

	#work(): Promise<void> {
		this.#working ??= this.#run().finally(() => {
			this.#working = undefined;
			this.#answer();
		});
		return this.#working;
	}

	#answer(): void {
		for (const done of this.#awaited.splice(0)) done();
	}

	async #run(): Promise<void> {
		try {
			for (let task = this.#next(); task !== undefined; task = this.#next()) {
				await task();
				this.problem = undefined;
				if (!this.#news) continue;
				this.ready = true;
				this.#publish(this.held());
				if (this.#shown.where.size > 0) this.#answer();
			}
		} catch (thrown) {
			this.problem = asProblem(thrown);
		}
	}

	/** What to read next: what is in view, then the top, where new tickets come, then what comes into view soon. */
	#next(): (() => Promise<void>) | undefined {
		const { first, end } = this.#view;
		const offsets = offsetsOf(this.#pages);
		const inView = this.#between(offsets, first, end);
		const missing = inView.find((one) => one.rows === undefined && !one.hollow);
		if (missing !== undefined) return this.#reading(missing, offsets, first, end);
		const top = this.#pages[0];
		const stale = [...inView, ...(top === undefined ? [] : [top])].find((one) => one.stale && one.rows !== undefined && !one.hollow);
		if (stale !== undefined && !this.#resting()) return () => this.#reread(stale);
		// A search that looks far for little waits to be looked at before it looks on.
		const ahead = this.lookedTo === null ? AHEAD : 0;
		const soon = this.#between(offsets, first - ahead, end + ahead).find((one) => one.rows === undefined && !one.hollow);
		if (soon === undefined) return undefined;
		this.#rested = !this.#rested;
		return this.#rested ? breath : this.#reading(soon, offsets, first - ahead, end + ahead);
	}

	/** The pages that touch these rows of the list. */
	#between(offsets: number[], first: number, end: number): Page[] {
		let at = pageAt(offsets, Math.max(0, first));
		while (at > 0 && (offsets[at] ?? 0) >= first) at -= 1;
		const found: Page[] = [];
		for (; at < this.#pages.length && (offsets[at] ?? 0) <= end; at += 1) {
			const one = this.#pages[at] as Page;
			if ((offsets[at + 1] ?? 0) >= first) found.push(one);
		}
		return found;
	}

	/** Whether it is too soon to read again what changes all the time; it is then done a little later. */
	#resting(): boolean {
		const left = this.#restUntil - performance.now();
		if (left <= 0) return false;
		this.#later ??= setTimeout(() => {
			this.#later = undefined;
			void this.#work();
		}, left);
		return true;
	}

	#reading(one: Page, offsets: number[], first: number, end: number): () => Promise<void> {
		if (!one.gap) return () => this.#reread(one);
		const start = offsets[this.#pages.indexOf(one)] ?? 0;
		const [from, to] = [Math.max(0, first - start), end - start];
		const way = one.after === null || this.total === null ? 'down' : wayInto(one, from, to, NEAR);
		if (way === 'down') return () => this.#readDown(one);
		if (way === 'up') return () => this.#readUp(one);
		return () => (one.next === null ? this.#findEnd(one) : this.#leap(one, from));
	}

	/** Reads the page at a gap's upper end. */
	async #readDown(one: Page): Promise<void> {
		const answer = await this.#ask(one.after, one.after === null ? FIRST_ROWS : PAGE);
		const cut = one.next === null ? undefined : reach(answer.rows, one.next);
		const closed = cut !== undefined || answer.next === null;
		const read = page(one.after, closed ? one.next : answer.next, answer.rows.slice(0, cut));
		read.hollow = !closed && read.count === 0;
		this.lookedTo = closed ? null : answer.looked_to_ms;
		one.after = answer.next;
		one.count = Math.max(0, one.count - read.count);
		this.#put(one, closed ? [read] : [read, one]);
	}

	/** Reads about a page at a gap's lower end: from a place as far above it as the rows below let expect. */
	async #readUp(one: Page): Promise<void> {
		if (one.misses > MISSES) return this.#findEnd(one);
		const [next, following] = [one.next as RowCursor, this.#pages[this.#pages.indexOf(one) + 1]];
		const place = placeAbove(one, following?.rows ?? [], PAGE / 2);
		if (one.after !== null && place >= one.after.place) return this.#readDown(one);
		const answer = await this.#ask(below(place), PAGE);
		const cut = reach(answer.rows, next);
		const whole = cut !== undefined || answer.next === null;
		const read = page(below(place), whole ? next : answer.next, answer.rows.slice(0, cut));
		one.next = below(place);
		one.count = Math.max(0, one.count - read.count);
		one.misses = read.count === 0 ? one.misses + 1 : 0;
		// Where nothing lies, the page below reaches up to there.
		if (whole && read.count === 0 && following !== undefined) following.after = one.next;
		else this.#put(one, whole ? [one, read] : [one, read, gap(answer.next, next, PAGE / 2)]);
	}

	/** Divides a gap at about its row `at`; what lies below is read from there. */
	async #leap(one: Page, at: number): Promise<void> {
		const place = placeBetween(one, at / Math.max(1, one.count));
		if (place === undefined) return this.#readDown(one);
		this.#put(one, [gap(one.after, below(place), at), gap(below(place), one.next, one.count - at)]);
	}

	/** Finds a gap's last page by halving the places in it: some twenty short questions however long it is. */
	async #findEnd(one: Page): Promise<void> {
		const end = one.next;
		let [low, high] = [end?.place ?? LOWEST, one.after?.place ?? -LOWEST];
		let found: Page | undefined;
		// A row or two say little of how close the rows above them lie: a fuller page is looked for.
		while (high - low > 1 && (found?.count ?? 0) < FEW) {
			const place = Math.floor((low + high) / 2);
			const answer = await this.#ask(below(place), PAGE / 4);
			const cut = end === null ? undefined : reach(answer.rows, end);
			if (cut === undefined && answer.next !== null) high = place;
			else low = place;
			if (low === place && cut !== 0 && answer.rows.length > 0) found = page(below(place), end, answer.rows.slice(0, cut));
		}
		// More than a page lies in one place: it can only be walked.
		if (found === undefined) return this.#readDown(one);
		one.next = found.after;
		one.count = Math.max(0, one.count - found.count);
		this.#put(one, [one, found]);
	}

	/** Reads a page's interval again, however many rows lie in it now. */
	async #reread(one: Page): Promise<void> {
		one.stale = false;
		try {
			await this.#readAnew(one);
		} catch (thrown) {
			one.stale = true;
			throw thrown;
		}
		if (one.stale) this.#restUntil = performance.now() + PAUSE_MS;
	}

	async #readAnew(one: Page): Promise<void> {
		const end = one.next;
		const limit = Math.min(PAGE, Math.max(FIRST_ROWS, one.count + 20));
		let answer = await this.#ask(one.after, limit);
		let rows = answer.rows;
		while (end !== null && answer.next !== null && reach(rows, end) === undefined && rows.length < MOST_NEW) {
			answer = await this.#ask(answer.next, limit);
			rows = [...rows, ...answer.rows];
		}
		const cut = end === null ? undefined : reach(rows, end);
		one.fresh = share(one.fresh, cut === undefined ? rows : rows.slice(0, cut));
		if (cut !== undefined || answer.next === null) return;
		one.next = answer.next;
		this.#put(one, [one, gap(answer.next, end, end === null ? 0 : PAGE)]);
	}

	async #ask(after: RowCursor | null, limit: number): Promise<TicketPage> {
		const answer = await call('tickets', { scope: this.scope, after, limit });
		remember(answer.rows.map(({ row }) => row));
		this.#news = true;
		if (after === null) {
			this.total = answer.total;
			this.highlights = share(this.highlights, answer.highlights);
		}
		return answer;
	}

	#put(one: Page, instead: Page[]): void {
		const at = this.#pages.indexOf(one);
		if (at >= 0) this.#pages.splice(at, 1, ...instead);
	}

	#publish(held: boolean): void {
		this.#news = false;
		const { arrived, moved } = settle(this.#pages, held, isMine);
		fillGap(this.#pages, this.total);
		this.#letGo();
		const where = new Map<TicketId, number>();
		this.#pages.forEach((one, at) => one.rows?.forEach(({ row }) => where.set(row.id, at)));
		this.#shown = { pages: [...this.#pages], offsets: offsetsOf(this.#pages), where };
		this.arrived = arrived;
		this.moved = moved;
	}

	/** Lets go the pages farthest from the view; never the top one, in which new tickets are seen to come, nor that of the open ticket. */
	#letGo(): void {
		const here = this.#pages.filter((one) => one.rows !== undefined);
		let kept = here.reduce((sum, one) => sum + one.count, 0);
		if (kept <= KEPT) return;
		const offsets = offsetsOf(this.#pages);
		const open = this.open();
		const holdsOpen = (one: Page): boolean => open !== undefined && (one.rows?.some(({ row }) => row.id === open) ?? false);
		const far = new Map(this.#pages.map((one, at) => [one, this.#distance(offsets[at] ?? 0, offsets[at + 1] ?? 0)]));
		for (const one of here.filter((other) => other !== this.#pages[0]).sort((a, b) => (far.get(b) ?? 0) - (far.get(a) ?? 0))) {
			if (kept <= KEPT || (far.get(one) ?? 0) <= AHEAD) return;
			if (holdsOpen(one)) continue;
			kept -= one.count;
			one.rows = one.fresh = undefined;
			one.stale = true;
		}
	}

	#distance(start: number, end: number): number {
		const { first, end: last } = this.#view;
		return Math.max(0, start - last, first - end);
	}
}

/** Lets what is here be painted before more is asked for. */
const breath = (): Promise<void> => new Promise((done) => setTimeout(done, 40));
