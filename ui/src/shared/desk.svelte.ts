/**
 * The state of a window: what the desk said at the start, what is looked at, what is picked, and what a person can do with it.
 * Rows and conversations are not kept here; they are asked for with `query` where they are shown.
 */
import { SvelteSet } from 'svelte/reactivity';
import { asProblem, call } from '../api/client';
import type {
	Boot, CacheTag, DeskEvent, LinkState, Priority, Problem, ReplyKind, Scope, Settings, StandardView, Status, TagId, TicketId, View, ViewId,
} from '../api/generated';
import { forgetAnswers, invalidate, onStale } from '../api/query.svelte';
import { isStale } from '../api/stale';
import * as platform from '../platform';
import * as actions from './actions';
import { OPENING } from './opening';
import { forgetRows, seenRow } from './rows';
import { attempt, forgetToasts } from './toasts.svelte';

/** What lies over the panes. Only one at a time. */
export type Overlay =
	| { kind: 'settings'; section?: string }
	| { kind: 'palette' }
	| { kind: 'keys' }
	| { kind: 'outbox' }
	/** A view to change, or a new one that asks `query`. */
	| { kind: 'view'; view?: View; query?: string }
	| { kind: 'tag'; tickets: TicketId[] };

/** What can be written on a ticket. */
export type Writing = ReplyKind | 'note';

/** What the list pane lets others ask of it. */
export interface ListPane {
	/** The ticket to go to when these leave the list. */
	after(tickets: TicketId[]): TicketId | undefined;
	next(): void;
	previous(): void;
	first(): void;
	last(): void;
	showNew(): void;
	/** Picks or unpicks the current row for a change of several. */
	pick(): void;
	pickTo(step: 1 | -1): void;
	pickAll(): void;
	/** Picks everything in the list, also what is not here. */
	pickWhole(): Promise<void>;
	/** Reads the beginning of a list that is likely to be looked at next. */
	prepare(scope: Scope): void;
	focus(): void;
}

export type Importing = Extract<DeskEvent, { kind: 'importing' }>;

/** Changes that come in a burst are taken together, this often. */
const BURST_MS = 150;

export const standard = (view: StandardView): Scope => ({ kind: 'view', view: { kind: 'standard', view } });

export function sameView(a: ViewId, b: ViewId): boolean {
	if (a.kind === 'saved') return b.kind === 'saved' && a.view === b.view;
	return a.kind === 'tag' ? b.kind === 'tag' && a.tag === b.tag : b.kind === 'standard' && a.view === b.view;
}

export function sameScope(a: Scope, b: Scope): boolean {
	if (a.kind === 'view') return b.kind === 'view' && sameView(a.view, b.view);
	if (a.kind === 'search') return b.kind === 'search' && a.query === b.query;
	return a.kind === b.kind && JSON.stringify(a) === JSON.stringify(b);
}

class Desk {
	boot = $state.raw<Boot>();
	/** Why the desk could not say how it is. */
	problem = $state.raw<Problem>();
	/** Whether the desk can be reached at all; only a browser can lose it. */
	reachable = $state(true);
	links = $state.raw<LinkState[]>([]);
	notices = $state.raw<Problem[]>([]);
	importing = $state.raw<Importing>();

	scope = $state.raw<Scope>(OPENING);
	/** The ticket that is open. */
	ticket = $state.raw<TicketId>();
	/** The words to mark in it. */
	highlights = $state.raw<string[]>([]);
	/** Why the search as typed can't be answered; what it points at is told under the field. */
	queryProblem = $state.raw<Problem>();
	/** Tickets picked for a change of several. */
	readonly selection = new SvelteSet<TicketId>();
	overlay = $state.raw<Overlay>();
	/** The customer's pane in a window too narrow to keep it. */
	customerOver = $state(false);
	list: ListPane | undefined;

	#write: ((what: Writing) => void) | undefined;
	#searchFocus: (() => void) | undefined;
	#stop: (() => void)[] = [];
	#heard: CacheTag[] = [];
	#burst: ReturnType<typeof setTimeout> | undefined;
	/** How often the desk was asked how it is, and which of these answers is shown. */
	#asked = 0;
	#answered = 0;
	/** How often settings were changed here, how many changes are on their way, and when the last of them is through. */
	#saves = 0;
	#saving = 0;
	#turn: Promise<unknown> = Promise.resolve();

	/** What is searched for, also while the list before it still stands. */
	get searched(): string | undefined {
		return this.scope.kind === 'search' ? this.scope.query : undefined;
	}

	get settings(): Settings | undefined {
		return this.boot?.settings;
	}

	/** Why native notifications can't be shown, if they can't: known at the start, or since. */
	get silent(): Problem | undefined {
		return this.boot?.notifications ?? this.notices.find((notice) => notice.code === 'notifications_unavailable');
	}

	/** Whether there is anything to read from yet. */
	get empty(): boolean {
		return this.boot !== undefined && this.links.length === 0;
	}

	/** What a change would be made to: the picked tickets, or else the open one. */
	targets(): TicketId[] {
		if (this.selection.size > 0) return [...this.selection];
		return this.ticket === undefined ? [] : [this.ticket];
	}

	async start(): Promise<void> {
		this.stop();
		this.#stop.push(
			platform.listen(
				(event) => this.hear(event),
				(up) => (this.reachable = up),
			),
			onStale((tags) => this.#reboot(tags)),
		);
		await this.load();
	}

	stop(): void {
		for (const stop of this.#stop.splice(0)) stop();
		clearTimeout(this.#burst);
		this.#burst = undefined;
		this.#heard = [];
		this.#answered = this.#asked += 1;
		forgetAnswers();
		forgetRows();
		forgetToasts();
		actions.forgetDone();
		Object.assign(this, {
			boot: undefined, problem: undefined, reachable: true, links: [], notices: [], importing: undefined,
			scope: OPENING, ticket: undefined, highlights: [], queryProblem: undefined, overlay: undefined, customerOver: false, list: undefined,
		});
		this.selection.clear();
	}

	/** Asks the desk how it is. An answer that was overtaken by a later one, or by settings saved since it was asked for, undoes neither. */
	async load(): Promise<void> {
		const asked = (this.#asked += 1);
		const saves = this.#saves;
		try {
			const boot = await call('boot', {});
			if (asked < this.#answered) return;
			this.#answered = asked;
			const first = this.boot === undefined;
			const settings = this.#saving > 0 || saves !== this.#saves ? (this.settings ?? boot.settings) : boot.settings;
			this.boot = { ...boot, settings };
			this.links = boot.links;
			if (first) this.notices = boot.notices;
			this.problem = undefined;
		} catch (thrown) {
			this.problem = asProblem(thrown);
		}
	}

	#reboot(tags: CacheTag[] | 'all'): void {
		if (tags === 'all' || tags.some((tag) => isStale(tag, 'boot', {}))) void this.load();
	}

	hear(event: DeskEvent): void {
		switch (event.kind) {
			case 'changed':
				return this.#changed(event.stale);
			case 'link':
				return this.#link(event.link);
			case 'lagged':
				return invalidate('all');
			case 'open_ticket':
				return this.open(event.ticket);
			case 'open_list':
				return this.goTo(event.scope);
			case 'open_dashboard':
				// The shell opens its window; a browser has opened a tab itself.
				return;
			case 'notice':
				this.notices = [...this.notices.filter((one) => one.code !== event.problem.code), event.problem];
				return;
			case 'raise':
				// The shell raises its window; a page can only ask.
				return window.focus();
			case 'importing':
				this.importing = event.bytes >= event.total_bytes ? undefined : event;
				return;
			default:
				return event satisfies never;
		}
	}

	/** The first change is taken at once, those right behind it together. */
	#changed(stale: CacheTag[]): void {
		this.#heard.push(...stale);
		if (this.#burst !== undefined) return;
		this.#flush();
		this.#burst = setTimeout(() => {
			this.#burst = undefined;
			if (this.#heard.length > 0) this.#changed([]);
		}, BURST_MS);
	}

	#flush(): void {
		const tags = new Map(this.#heard.splice(0).map((tag) => [JSON.stringify(tag), tag]));
		invalidate([...tags.values()]);
	}

	#link(link: LinkState): void {
		const known = this.links.some((one) => one.source === link.source);
		this.links = known ? this.links.map((one) => (one.source === link.source ? link : one)) : [...this.links, link];
	}

	/** Shows a list. */
	goTo(scope: Scope): void {
		if (sameScope(scope, this.scope)) return;
		this.scope = scope;
		this.highlights = [];
		this.selection.clear();
	}

	/** Opens a ticket, or with `undefined` none. */
	open(ticket: TicketId | undefined): void {
		if (ticket !== undefined && ticket !== this.ticket) actions.opened(ticket);
		this.ticket = ticket;
		if (ticket !== undefined && this.overlay?.kind !== 'settings') this.overlay = undefined;
	}

	dismissNotice(notice: Problem): void {
		this.notices = this.notices.filter((one) => one !== notice);
	}

	/** Registers who opens a reply or a note; answers how to give that up. */
	takesWriting(open: (what: Writing) => void): () => void {
		this.#write = open;
		return () => {
			if (this.#write === open) this.#write = undefined;
		};
	}

	/** Begins a reply or a note on the open ticket. */
	write(what: Writing): void {
		this.#write?.(what);
	}

	takesSearch(focus: () => void): () => void {
		this.#searchFocus = focus;
		return () => {
			if (this.#searchFocus === focus) this.#searchFocus = undefined;
		};
	}

	focusSearch(): void {
		this.#searchFocus?.();
	}

	/** Changes the status; when the open ticket leaves the list by it, the next one opens. */
	async setStatus(tickets: TicketId[], status: Status): Promise<boolean> {
		const leaving = this.ticket;
		const leaves = leaving !== undefined && tickets.includes(leaving) && this.#leavesBy(leaving, status);
		const next = leaves ? this.list?.after(tickets) : undefined;
		const done = await actions.setStatus(tickets, status, () => leaves && this.open(leaving));
		if (!done) return false;
		this.selection.clear();
		if (leaves && this.ticket === leaving) this.open(next);
		return true;
	}

	/** The step to the next ticket, if the open one leaves the list when these get this status. To be asked before it does. */
	leaving(tickets: TicketId[], status: Status): (() => void) | undefined {
		const open = this.ticket;
		if (open === undefined || !tickets.includes(open) || !this.#leavesBy(open, status)) return undefined;
		const next = this.list?.after(tickets);
		return () => {
			if (this.ticket === open) this.open(next);
		};
	}

	#leavesBy(ticket: TicketId, status: Status): boolean {
		if (seenRow(ticket)?.status === status) return false;
		if (this.scope.kind !== 'view' || this.scope.view.kind !== 'standard') return false;
		const view = this.scope.view.view;
		return view === 'urgent' ? status === 'closed' : view !== status;
	}

	setPriority = (tickets: TicketId[], priority: Priority): Promise<boolean> => actions.setPriority(tickets, priority);
	markRead = (tickets: TicketId[], read: boolean): Promise<boolean> => actions.markRead(tickets, read);
	addTag = (tickets: TicketId[], name: string): Promise<boolean> => actions.addTag(tickets, name);
	removeTag = (tickets: TicketId[], tag: TagId): Promise<boolean> => actions.removeTag(tickets, tag);
	acknowledge = (ticket: TicketId): Promise<boolean> => actions.acknowledge(ticket);

	/** Saves settings, one change after the other; they are shown at once and taken back if the desk refuses them. */
	async saveSettings(change: Partial<Settings>): Promise<boolean> {
		const before = this.settings;
		if (before === undefined) return false;
		this.#settle({ ...before, ...change });
		this.#saving += 1;
		const turn = this.#turn.then(async () => {
			const settings = this.settings;
			return settings !== undefined && attempt(() => call('save_settings', { settings }));
		});
		this.#turn = turn;
		const done = await turn;
		this.#saving -= 1;
		if (!done && this.settings !== undefined) {
			const now = this.settings;
			const refused = (Object.keys(change) as (keyof Settings)[]).filter((name) => now[name] === change[name]);
			this.#settle({ ...now, ...Object.fromEntries(refused.map((name) => [name, before[name]])) });
		}
		if (this.#saving === 0) void this.load();
		return done;
	}

	#settle(settings: Settings): void {
		this.#saves += 1;
		if (this.boot !== undefined) this.boot = { ...this.boot, settings };
	}
}

export const desk = new Desk();
