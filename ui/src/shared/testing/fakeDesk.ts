/**
 * A desk in memory for component tests and previews: it answers the calls of a window from fixtures, changes them, and tells of it.
 * It never times anything and never touches a network. A call can be replaced with `answer`, held back with `hold`, and all are written down in `calls`.
 */
import type { Args, CallName, Out } from '../../api/client';
import type {
	Boot, CacheTag, DeskEvent, LinkState, OutgoingAttachment, Problem, Scope, Sending, Settings, Source, SourceId, Tag, TicketId, TicketRow, TicketsChanged, Undone,
} from '../../api/generated';
import type { FileToAttach, Platform } from '../../platform/types';
import { FakeFinding } from './fakeFinding';
import { FakeLists } from './fakeLists';
import { FakeMail } from './fakeMail';
import { parse } from './fakeQuery';
import { makeAlerts, makeBoard } from './boards';
import { makeCustomer, makeRows, makeTicket, tags as someTags } from './fixtures';

type Answers = { [K in CallName]?: (args: Args<K>) => Out<K> | Promise<Out<K>> };

export interface FakeOptions {
	tickets?: number;
	settings?: Partial<Settings>;
	boot?: Partial<Boot>;
	now?: number;
}

export class FakeDesk implements Platform {
	readonly kind = 'fake';
	readonly letterBase = '/letter/';
	readonly pickArchive = undefined;
	readonly calls: { name: string; args: unknown }[] = [];
	readonly opened: string[] = [];
	title = '';
	boot: Boot;
	/** Every list in its order, and the saved views. */
	readonly lists = new FakeLists({
		rows: () => this.rows,
		tags: () => this.tags,
		known: () => ({ tags: this.tags.map((tag) => tag.name.toLowerCase()), sources: new Map(this.boot.links.map((link) => [link.name.toLowerCase(), link.source])) }),
		now: () => Date.now(),
		problem,
	});
	readonly finding = new FakeFinding({
		rows: () => this.rows,
		tags: () => this.tags,
		found: (query) => this.lists.in({ kind: 'search', query }).map(({ row }) => row),
		changed: () => this.changed(),
	});
	/** Drafts and the outbox. */
	readonly mail = new FakeMail({
		row: (ticket) => this.#row(ticket),
		changed: (...stale) => this.changed(...stale),
		change: (tickets, change) => this.change(tickets, change),
		problem,
		who: () => this.boot.settings.agent_name,
		signature: () => this.boot.settings.signature,
	});

	#rows: TicketRow[] = [];
	#tags: Tag[] = [...someTags];
	#undos: { id: number; before: TicketRow[]; after: Map<TicketId, TicketRow> }[] = [];
	#heard = new Set<(event: DeskEvent) => void>();
	#line = new Set<(up: boolean) => void>();
	#replaced: Answers = {};
	#held = new Map<string, Promise<void>>();
	#seq = 0;
	#notes = new Map<TicketId, string>();
	#sending = new Map<SourceId, Sending | null>();
	#acknowledges = new Set<SourceId>();
	#alertsSeen = false;
	readonly #now: number;

	constructor({ tickets = 40, settings = {}, boot = {}, now = Date.now() }: FakeOptions = {}) {
		this.#now = now;
		this.rows = makeRows(tickets, now);
		this.boot = { ...startOf(tickets, now), ...boot };
		this.boot.settings = { ...this.boot.settings, ...settings };
	}

	get rows(): TicketRow[] {
		return this.#rows;
	}

	set rows(rows: TicketRow[]) {
		this.#rows = rows;
		this.lists.forget();
	}

	get tags(): Tag[] {
		return this.#tags;
	}

	set tags(tags: Tag[]) {
		this.#tags = tags;
		this.lists.forget();
	}

	async call(name: string, args: object): Promise<unknown> {
		this.calls.push({ name, args });
		await this.#held.get(name);
		const answer = (this.#replaced[name as CallName] ?? this.#answers[name as CallName] ?? this.mail.answers[name as CallName] ?? this.finding.answers[name as CallName]) as ((args: object) => unknown) | undefined;
		if (answer === undefined) throw problem('internal', { detail: `the fake desk does not know ${name}` });
		return structuredClone(await answer(args));
	}

	listen(heard: (event: DeskEvent) => void, line: (up: boolean) => void): () => void {
		this.#heard.add(heard);
		this.#line.add(line);
		return () => {
			this.#heard.delete(heard);
			this.#line.delete(line);
		};
	}

	async openLink(url: string): Promise<void> {
		this.opened.push(url);
	}

	/** As a call named `attach`, so that it can be held back and is written down. */
	async attach(ticket: TicketId, file: FileToAttach, inline: boolean): Promise<OutgoingAttachment> {
		this.calls.push({ name: 'attach', args: { ticket, name: file.name, type: file.type, size: file.bytes.byteLength, inline } });
		await this.#held.get('attach');
		return structuredClone(await this.mail.attach(ticket, file, inline));
	}

	windowTitle(title: string): void {
		this.title = title;
		document.title = title;
	}

	bringAgent(): void {
		this.opened.push('agent');
	}

	openDashboard(): void {
		this.opened.push('dashboard');
	}

	/** Replaces the answer to one call. */
	answer<K extends CallName>(name: K, answer: (args: Args<K>) => Out<K> | Promise<Out<K>>): void {
		(this.#replaced as Record<string, unknown>)[name] = answer;
	}

	/** Holds back answers to a call until the returned function is called. */
	hold(name: CallName | 'attach'): () => void {
		let release = (): void => undefined;
		this.#held.set(name, new Promise((done) => (release = () => done())));
		return () => {
			this.#held.delete(name);
			release();
		};
	}

	tell(event: DeskEvent): void {
		for (const heard of this.#heard) heard(event);
	}

	reach(up: boolean): void {
		for (const line of this.#line) line(up);
	}

	/** Tells that these answers are stale, as after a commit. */
	changed(...stale: CacheTag[]): { seq: string } {
		const seq = String(++this.#seq);
		this.tell({ kind: 'changed', seq, stale });
		return { seq };
	}

	/** A new ticket, as if mail had come. */
	arrive(change: Partial<TicketRow> = {}): TicketRow {
		const top = this.rows[0] as TicketRow;
		const at = this.rows.reduce((latest, one) => Math.max(latest, one.last_message_at_ms), this.#now) + 1_000;
		const row: TicketRow = {
			...top, id: String(10_000_000 + this.rows.length), token: `FD-NEW${this.rows.length}`, subject: 'A new letter', requester_name: 'New Person',
			lang: 'en', snippet: 'Just now', unread: true, urgent: null, priority: 'normal', tags: [], status: 'open', vip: false, messages: 1,
			last_message_at_ms: at, waiting_since_ms: at, ...change,
		};
		this.rows = [row, ...this.rows];
		this.changed({ kind: 'lists' }, { kind: 'views' });
		return row;
	}

	/** Changes rows, as the desk or anybody else would. */
	change(tickets: TicketId[], change: (row: TicketRow) => Partial<TicketRow>): { seq: string } {
		const some = new Set(tickets);
		this.rows = this.rows.map((row) => (some.has(row.id) ? { ...row, ...change(row) } : row));
		return this.#told(tickets);
	}

	#told(tickets: TicketId[]): { seq: string } {
		return this.changed({ kind: 'lists' }, { kind: 'views' }, { kind: 'tags' }, ...tickets.map((ticket): CacheTag => ({ kind: 'ticket', ticket })));
	}

	/** As `change`, but only what is not so already, and to be taken back with `undo`. */
	#act(tickets: TicketId[], wanted: (row: TicketRow) => boolean, change: (row: TicketRow) => Partial<TicketRow>): TicketsChanged {
		const asked = new Set(tickets);
		const before = this.rows.filter((row) => asked.has(row.id) && wanted(row));
		if (before.length === 0) return { ...this.changed(), tickets: 0, undo: null };
		const ids = before.map((row) => row.id);
		const { seq } = this.change(ids, change);
		const [changed, id] = [new Set(ids), (this.#undos.at(-1)?.id ?? 0) + 1];
		this.#undos = [...this.#undos, { id, before, after: new Map(this.rows.filter((row) => changed.has(row.id)).map((row) => [row.id, row])) }].slice(-100);
		return { seq, tickets: ids.length, undo: id };
	}

	/** Puts back what is still as the change left it. */
	#undo(change: number): Undone {
		const found = this.#undos.find(({ id }) => id === change);
		if (found === undefined) throw problem('not_found', {});
		this.#undos = this.#undos.filter((one) => one !== found);
		const now = new Map(this.rows.map((row) => [row.id, row]));
		const back = new Map(found.before.filter((row) => now.get(row.id) === found.after.get(row.id)).map((row) => [row.id, row]));
		this.rows = this.rows.map((row) => back.get(row.id) ?? row);
		return { ...this.#told([...back.keys()]), tickets: back.size, left: found.before.length - back.size };
	}

	count(scope: Scope): number {
		return this.lists.in(scope).length;
	}

	readonly #answers: Answers = {
		boot: () => ({ ...this.boot, tickets: this.rows.length }),
		views: () => this.lists.views(),
		tickets: ({ scope, after, limit }) => this.lists.page(scope, after, limit),
		tickets_in: ({ scope, limit }) => this.lists.ids(scope, limit),
		check_query: ({ query }) => {
			parse(query);
			return null;
		},
		save_view: ({ view, draft }) => {
			const id = this.lists.save(view, draft);
			this.changed({ kind: 'views' }, { kind: 'lists' });
			return id;
		},
		delete_view: ({ view }) => {
			this.lists.remove(view);
			return this.changed({ kind: 'views' }, { kind: 'lists' });
		},
		set_look: ({ view, look }) => {
			this.lists.setLook(view, look);
			return this.changed({ kind: 'views' }, { kind: 'lists' });
		},
		undo: ({ change }) => this.#undo(change),
		conversation: ({ ticket }) => {
			const row = this.#row(ticket);
			return { ticket: makeTicket(row), messages: this.mail.messages(ticket), events: [], earlier: 0, note_draft: this.#notes.get(ticket) ?? '', ...this.mail.of(ticket) };
		},
		earlier_messages: () => ({ messages: [], earlier: 0 }),
		customer: ({ customer }) => makeCustomer(customer, this.rows, this.#now),
		tags: () => this.tags,
		set_status: ({ tickets, status }) => this.#act(tickets, (row) => row.status !== status, () => ({ status })),
		set_priority: ({ tickets, priority }) =>
			this.#act(tickets, (row) => row.priority !== priority, () => ({ priority, urgent: priority === 'urgent' ? { kind: 'priority' } : null })),
		mark_read: ({ tickets, read }) => this.#act(tickets, (row) => row.unread === read, () => ({ unread: !read })),
		tag_tickets: ({ tickets, name }) => {
			const tag = this.#tagNamed(name);
			return this.#act(tickets, (row) => !has(row, tag.id), (row) => ({ tags: [...row.tags, tag] }));
		},
		untag_tickets: ({ tickets, tag }) => this.#act(tickets, (row) => has(row, tag), (row) => ({ tags: row.tags.filter((one) => one.id !== tag) })),
		tag_customer: ({ customer }) => this.changed({ kind: 'customer', customer }),
		untag_customer: ({ customer }) => this.changed({ kind: 'customer', customer }),
		set_tier: ({ customer }) => this.changed({ kind: 'customer', customer }),
		acknowledge: ({ ticket }) => this.change([ticket], () => ({ urgent: null })),
		add_note: ({ ticket }) => {
			this.#notes.delete(ticket);
			return this.change([ticket], (row) => ({ messages: row.messages + 1 }));
		},
		note_draft: ({ ticket }) => this.#notes.get(ticket) ?? '',
		keep_note_draft: ({ ticket, text }) => {
			this.#notes.set(ticket, text);
			return { seq: String(++this.#seq) };
		},
		settings: () => this.boot.settings,
		board: () => makeBoard(this.rows, Date.now()),
		show_list: ({ scope }) => {
			this.tell({ kind: 'open_list', scope });
			return this.changed();
		},
		show_ticket: ({ ticket }) => {
			this.tell({ kind: 'open_ticket', ticket });
			return this.changed();
		},
		alerts: () => makeAlerts(this.rows, Date.now()).map((alert) => (this.#alertsSeen ? { ...alert, missed: false } : alert)),
		see_alerts: () => {
			this.#alertsSeen = true;
			return this.changed({ kind: 'alerts' });
		},
		snooze: ({ ticket }) => {
			this.change([ticket], () => ({ urgent: null }));
			return this.changed({ kind: 'alerts' });
		},
		save_settings: ({ settings }) => {
			this.boot = { ...this.boot, settings };
			return this.changed({ kind: 'settings' });
		},
		sources: () => this.boot.links.map((link) => ({ id: link.source, kind: 'mailbox', name: link.name, address: link.name, provider: null, link, messages: 0, ...this.sourceOf(link) })),
		set_sending: ({ source, sending }) => {
			this.#sending.set(source, sending);
			return this.changed({ kind: 'sources' });
		},
		set_acknowledges: ({ source, on }) => {
			if (on) this.#acknowledges.add(source);
			else this.#acknowledges.delete(source);
			return this.changed({ kind: 'sources' });
		},
		find_mail_settings: ({ address }) => {
			const domain = address.replace(/^.*@/u, '');
			const smtp = { host: `smtp.${domain}`, port: 587, encryption: 'start_tls' as const };
			return { imap: { host: `imap.${domain}`, port: 993, encryption: 'tls' }, smtp, user: address, found_by: 'autoconfig', provider: null };
		},
		sync_now: () => this.changed(),
		pause_source: ({ source, paused }) => {
			const links = this.boot.links.map((link) => (link.source === source ? { ...link, phase: paused ? { phase: 'paused' as const } : { phase: 'connecting' as const } } : link));
			this.boot = { ...this.boot, links };
			return this.changed({ kind: 'sources' });
		},
	};

	/** How a source sends; the first does, others are only read until somebody sets it up. */
	sourceOf({ source }: LinkState): Pick<Source, 'sending' | 'acknowledges'> {
		const usual = source === '1' ? { smtp: { host: 'smtp.harbour.example', port: 587, encryption: 'start_tls' as const }, copy: 'auto' as const } : null;
		const set = this.#sending.get(source);
		return { sending: set === undefined ? usual : set, acknowledges: this.#acknowledges.has(source) };
	}

	#row(ticket: TicketId): TicketRow {
		const row = this.rows.find((one) => one.id === ticket);
		if (row === undefined) throw problem('not_found', {});
		return row;
	}

	#tagNamed(name: string): Tag {
		const found = this.tags.find((tag) => tag.name.toLowerCase() === name.toLowerCase());
		if (found !== undefined) return found;
		const tag: Tag = { id: String(100 + this.tags.length), name, layer: 'base' };
		this.tags = [...this.tags, tag];
		return tag;
	}
}

const has = (row: TicketRow, tag: string): boolean => row.tags.some((one) => one.id === tag);

export function problem(code: Problem['code'], params: Record<string, string>): Problem {
	return { code, params, cause: null };
}

function startOf(tickets: number, now: number): Boot {
	return {
		version: '0.1.0',
		workspace: 'Harbour Home',
		folder: '/home/maya/.local/share/foredeck',
		sample: false,
		settings: {
			language: 'en', theme: 'light', density: 'regular', agent_name: 'Maya Chen', layout: { list: 0, customer: true }, notify: true,
			urgent: { vip_target_min: 60, words: ['refund', '投诉'] }, signature: '', target_min: 240, acknowledgement_zh: '', acknowledgement_en: '', google_client_id: '', google_client_secret: '', microsoft_client_id: '',
		},
		links: [
			{ source: '1', name: 'care@', phase: { phase: 'live', pushed: true }, as_of_ms: now - 3_000 },
			{ source: '2', name: 'sales@', phase: { phase: 'filling', done: 81_200, total: 128_406, seconds_left: 238 }, as_of_ms: null },
		],
		tickets,
		notifications: null,
		notices: [],
		providers: [],
	};
}
