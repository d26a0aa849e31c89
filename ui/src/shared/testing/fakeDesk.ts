/**
 * A desk in memory for component tests and previews: it answers the calls of a window from fixtures, changes them, and tells of it.
 * It never times anything and never touches a network. A call can be replaced with `answer`, held back with `hold`, and all are written down in `calls`.
 */
import type { Args, CallName, Out } from '../../api/client';
import type {
	Boot, CacheTag, DeskEvent, Excerpt, LinkState, ListedTicket, OutgoingAttachment, Problem, Scope, Sending, Settings, Source, SourceId, Tag, TicketId, TicketPage, TicketRow, View, ViewId,
} from '../../api/generated';
import type { FileToAttach, Platform } from '../../platform/types';
import { FakeMail } from './fakeMail';
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
	rows: TicketRow[];
	tags: Tag[] = [...someTags];
	boot: Boot;
	/** Drafts and the outbox. */
	readonly mail = new FakeMail({
		row: (ticket) => this.#row(ticket),
		changed: (...stale) => this.changed(...stale),
		change: (tickets, change) => this.change(tickets, change),
		problem,
		who: () => this.boot.settings.agent_name,
		signature: () => this.boot.settings.signature,
	});

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

	async call(name: string, args: object): Promise<unknown> {
		this.calls.push({ name, args });
		await this.#held.get(name);
		const answer = (this.#replaced[name as CallName] ?? this.#answers[name as CallName] ?? this.mail.answers[name as CallName]) as ((args: object) => unknown) | undefined;
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
		const at = Math.max(this.#now, ...this.rows.map((row) => row.last_message_at_ms)) + 1_000;
		const row: TicketRow = {
			...top, id: String(20_000 + this.rows.length), token: `FD-NEW${this.rows.length}`, subject: 'A new letter', requester_name: 'New Person',
			lang: 'en', snippet: 'Just now', unread: true, urgent: null, priority: 'normal', tags: [], status: 'open', vip: false, messages: 1,
			last_message_at_ms: at, waiting_since_ms: at, ...change,
		};
		this.rows = [row, ...this.rows];
		this.changed({ kind: 'lists' }, { kind: 'views' });
		return row;
	}

	/** Changes rows, as the desk or anybody else would. */
	change(tickets: TicketId[], change: (row: TicketRow) => Partial<TicketRow>): { seq: string } {
		this.rows = this.rows.map((row) => (tickets.includes(row.id) ? { ...row, ...change(row) } : row));
		return this.changed({ kind: 'lists' }, { kind: 'views' }, { kind: 'tags' }, ...tickets.map((ticket): CacheTag => ({ kind: 'ticket', ticket })));
	}

	count(scope: Scope): number {
		return this.#inScope(scope).length;
	}

	readonly #answers: Answers = {
		boot: () => ({ ...this.boot, tickets: this.rows.length }),
		views: () => this.#views(),
		tickets: ({ scope, after, limit }) => this.#page(scope, after?.ticket, limit),
		conversation: ({ ticket }) => {
			const row = this.#row(ticket);
			return { ticket: makeTicket(row), messages: this.mail.messages(ticket), events: [], earlier: 0, note_draft: this.#notes.get(ticket) ?? '', ...this.mail.of(ticket) };
		},
		earlier_messages: () => ({ messages: [], earlier: 0 }),
		customer: ({ customer }) => makeCustomer(customer, this.rows, this.#now),
		tags: () => this.tags,
		set_status: ({ tickets, status }) => this.change(tickets, () => ({ status })),
		set_priority: ({ tickets, priority }) =>
			this.change(tickets, () => ({ priority, urgent: priority === 'urgent' ? { kind: 'priority' } : null })),
		mark_read: ({ tickets, read }) => this.change(tickets, () => ({ unread: !read })),
		tag_tickets: ({ tickets, name }) => {
			const tag = this.#tagNamed(name);
			return this.change(tickets, (row) => ({ tags: [...row.tags.filter((one) => one.id !== tag.id), tag] }));
		},
		untag_tickets: ({ tickets, tag }) => this.change(tickets, (row) => ({ tags: row.tags.filter((one) => one.id !== tag) })),
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

	#views(): View[] {
		const ids: ViewId[] = [
			...(['open', 'urgent', 'waiting', 'closed'] as const).map((view): ViewId => ({ kind: 'standard', view })),
			...this.tags.map((tag): ViewId => ({ kind: 'tag', tag: tag.id })),
		];
		return ids.map((id) => {
			const rows = this.#inScope({ kind: 'view', view: id });
			const name = id.kind === 'tag' ? (this.tags.find((tag) => tag.id === id.tag)?.name ?? '') : '';
			return { id, name, tickets: rows.length, unread: rows.filter((row) => row.unread).length };
		}).filter((view) => view.id.kind === 'standard' || view.tickets > 0);
	}

	#inScope(scope: Scope): TicketRow[] {
		const rows = [...this.rows].sort((a, b) => b.last_message_at_ms - a.last_message_at_ms || Number(b.id) - Number(a.id));
		switch (scope.kind) {
			case 'customer':
				return rows.filter((row) => row.requester === scope.customer);
			case 'search':
				return rows.filter((row) => matches(row, scope.query));
			case 'figure':
				return rows.filter((row) => (scope.figure.kind === 'urgent' ? row.urgent !== null : row.status === 'open'));
			case 'view': {
				const view = scope.view;
				if (view.kind === 'tag') return rows.filter((row) => row.tags.some((tag) => tag.id === view.tag));
				return rows.filter((row) => (view.view === 'urgent' ? row.urgent !== null : row.status === view.view));
			}
		}
	}

	#page(scope: Scope, after: TicketId | undefined, limit: number): TicketPage {
		const rows = this.#inScope(scope);
		const from = after === undefined ? 0 : rows.findIndex((row) => row.id === after) + 1;
		const page = rows.slice(from, from + limit);
		const last = page.at(-1);
		const more = from + limit < rows.length;
		const words = scope.kind === 'search' ? plainWords(scope.query) : [];
		return {
			rows: page.map((row): ListedTicket => ({ row, excerpt: words.length > 0 ? excerpt(row, words) : null })),
			next: more && last ? { last_message_at_ms: last.last_message_at_ms, ticket: last.id } : null,
			total: scope.kind === 'search' && more ? null : rows.length,
			highlights: words,
		};
	}
}

export function problem(code: Problem['code'], params: Record<string, string>): Problem {
	return { code, params, cause: null };
}

/** The little of the query language that previews and tests need: words, `is:`, `status:`, `from:`, and one error. */
function matches(row: TicketRow, query: string): boolean {
	return query.split(/\s+/).filter((word) => word !== '').every((word) => {
		const [, key, value = ''] = /^(is|status|from|tag):(.*)$/.exec(word) ?? [];
		if (key === 'from') return (row.requester_name + row.requester_email).toLowerCase().includes(value.toLowerCase());
		if (key === 'tag') return row.tags.some((tag) => tag.name === value);
		if (key === 'is' && value === 'unread') return row.unread;
		if (key !== undefined) return statusOf(query, word, value) === row.status;
		return (row.subject + row.snippet + row.requester_name).toLowerCase().includes(word.toLowerCase());
	});
}

function statusOf(query: string, word: string, value: string): string {
	if (['open', 'waiting', 'closed'].includes(value)) return value;
	const at = [...query.slice(0, query.indexOf(word))].length;
	throw problem('query_invalid', { at: String(at), length: String([...word].length), why: 'unknown_status' });
}

const plainWords = (query: string): string[] =>
	query.toLowerCase().split(/\s+/).filter((word) => word !== '' && !/^(is|status|from|tag):/.test(word));

function excerpt(row: TicketRow, words: string[]): Excerpt {
	const text = `${row.snippet} …`;
	const marks = words.map((word): [number, number] => [text.toLowerCase().indexOf(word), word.length]).filter(([at]) => at >= 0);
	return { text, marks: marks.sort(([a], [b]) => a - b) };
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
