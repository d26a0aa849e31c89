/**
 * The answering half of the desk in memory: drafts, their attachments, and an outbox. Nothing leaves by itself; `advance` moves what is due on,
 * as the desk would.
 */
import type { Args, CallName, Out } from '../../api/client';
import type {
	Address, AttachmentContent, CacheTag, Conversation, Draft, DraftText, OutboxEntry, OutboxItem, OutboxState, OutgoingAttachment, Problem, ReplyKind, ShownMessage,
	TicketId, TicketRow,
} from '../../api/generated';
import type { FileToAttach } from '../../platform/types';
import { makeMessages } from './fixtures';

type Answers = { [K in CallName]?: (args: Args<K>) => Out<K> | Promise<Out<K>> };

export const HOLD_MS = 10_000;
const MOST_ATTACHED = 25 * 1024 * 1024;
const OWN: Address[] = [{ name: 'Maya Chen', email: 'care@harbour.example' }, { name: 'Harbour Home', email: 'orders@harbour.example' }];

interface Around {
	row(ticket: TicketId): TicketRow;
	changed(...stale: CacheTag[]): { seq: string };
	change(tickets: TicketId[], change: (row: TicketRow) => Partial<TicketRow>): { seq: string };
	problem(code: Problem['code'], params: Record<string, string>): Problem;
	who(): string;
	signature(): string;
}

export class FakeMail {
	readonly drafts = new Map<TicketId, Draft>();
	outbox: OutboxItem[] = [];
	/** What each ticket got by being sent from here. */
	readonly sent = new Map<TicketId, ShownMessage[]>();
	/** The addresses one may send as. */
	from: Address[] = OWN.slice(0, 1);
	/** Why nothing can be answered, if so. */
	cannotReply: Problem | null = null;

	#files = new Map<string, AttachmentContent>();
	#last = 0;
	readonly #desk: Around;

	constructor(desk: Around) {
		this.#desk = desk;
	}

	readonly answers: Answers = {
		begin_reply: ({ ticket, kind }) => this.#begin(ticket, kind),
		keep_draft: ({ ticket, text }) => {
			const had = this.drafts.get(ticket) ?? this.#fresh(ticket, text.kind);
			this.drafts.set(ticket, { ...had, text, kept_at_ms: Date.now(), quoted: text.quote === null ? null : this.#quoted(ticket) });
			return this.#ticketChanged(ticket);
		},
		discard_draft: ({ ticket }) => {
			this.drafts.delete(ticket);
			return this.#ticketChanged(ticket);
		},
		detach: ({ ticket, hash }) => {
			const draft = this.#draft(ticket);
			this.drafts.set(ticket, { ...draft, attachments: draft.attachments.filter((one) => one.hash !== hash) });
			return this.#ticketChanged(ticket);
		},
		draft_attachment: ({ hash }) => {
			const file = this.#files.get(hash);
			if (file === undefined) throw this.#desk.problem('attachment_missing', { name: hash });
			return file;
		},
		send: ({ ticket, seen, then }) => {
			const { text, attachments } = this.#draft(ticket);
			if (text.to.length + text.cc.length + text.bcc.length === 0) throw this.#desk.problem('no_recipients', {});
			const item = this.queue(ticket, text, { attachments, seen });
			this.drafts.delete(ticket);
			if (then !== null) this.#desk.change([ticket], () => ({ status: then }));
			this.#ticketChanged(ticket);
			return { outbox: item.entry.id, hold_until_ms: item.entry.hold_until_ms ?? 0 };
		},
		outbox: () => this.outbox,
		take_back: ({ outbox }) => {
			const { entry } = this.#item(outbox);
			if (this.drafts.has(entry.ticket)) throw this.#desk.problem('draft_exists', {});
			this.#remove(outbox);
			const { from, to, cc, bcc, subject, text, attachments } = entry.outgoing;
			const html = text.split('\n').map((line) => `<p>${line.replace(/[&<]/g, (sign) => (sign === '&' ? '&amp;' : '&lt;'))}</p>`).join('');
			const draft = { ...this.#fresh(entry.ticket, 'reply'), attachments };
			this.drafts.set(entry.ticket, { ...draft, text: { ...draft.text, from, to, cc, bcc, subject, html } });
			this.#ticketChanged(entry.ticket);
			return this.#draft(entry.ticket);
		},
		release: ({ outbox }) => this.move(outbox, 'waiting', { problem: null, hold_until_ms: null, next_try_at_ms: null }),
		drop_outgoing: ({ outbox }) => this.#ticketChanged(this.#remove(outbox)),
		mark_sent: ({ outbox }) => this.deliver(outbox),
	};

	/** What a conversation says of answering. */
	of(ticket: TicketId): Pick<Conversation, 'seen' | 'outbox' | 'draft' | 'cannot_reply'> {
		const messages = this.messages(ticket);
		return {
			seen: { newest: messages.at(-1)?.message.id ?? null, mails: messages.length },
			outbox: this.outbox.filter(({ entry }) => entry.ticket === ticket),
			draft: this.drafts.get(ticket) ?? null,
			cannot_reply: this.cannotReply,
		};
	}

	messages(ticket: TicketId): ShownMessage[] {
		return [...makeMessages(this.#desk.row(ticket)), ...(this.sent.get(ticket) ?? [])];
	}

	async attach(ticket: TicketId, { name, type, bytes }: FileToAttach, inline: boolean): Promise<OutgoingAttachment> {
		const draft = this.#draft(ticket);
		const size = draft.attachments.reduce((sum, one) => sum + one.size, bytes.byteLength);
		if (size > MOST_ATTACHED) throw this.#desk.problem('attachment_too_large', { name });
		const hash = `${(++this.#last).toString(16).padStart(4, '0')}${'0'.repeat(60)}`;
		const attachment = { name, media_type: type, size: bytes.byteLength, content_id: inline ? `picture${this.#last}@foredeck` : null, hash };
		this.#files.set(hash, { media_type: type, base64: btoa(String.fromCharCode(...new Uint8Array(bytes.slice(0, 60_000)))) });
		this.drafts.set(ticket, { ...draft, attachments: [...draft.attachments, attachment] });
		this.#ticketChanged(ticket);
		return attachment;
	}

	/** Puts a mail into the outbox. */
	queue(ticket: TicketId, { from, to, cc, bcc, subject, html }: DraftText, change: Partial<OutboxEntry> & { attachments?: OutgoingAttachment[] } = {}): OutboxItem {
		const row = this.#desk.row(ticket);
		const at = Date.now();
		const { attachments = [], ...rest } = change;
		const entry: OutboxEntry = {
			id: String(++this.#last), ticket, source: row.source, state: 'held', seen: this.of(ticket).seen, who: this.#desk.who(), queued_at_ms: at,
			hold_until_ms: at + HOLD_MS, attempts: 0, next_try_at_ms: null, problem: null, copy: 'due', sent_at_ms: null,
			outgoing: {
				kind: 'reply', message_id: `${this.#last}@harbour.example`, at_ms: at, from, to, cc, bcc, subject, in_reply_to: null, references: [], text: plain(html), html, attachments,
			},
			...rest,
		};
		const item = { entry, ticket_subject: row.subject, requester_name: row.requester_name, source_name: 'care@harbour.example', news: 0, not_in_sent: false };
		this.outbox = [...this.outbox, item];
		return item;
	}

	/** Puts a mail into another state. */
	move(outbox: string, state: OutboxState, change: Partial<OutboxEntry> = {}, more: Partial<OutboxItem> = {}): { seq: string } {
		this.outbox = this.outbox.map((item) => (item.entry.id === outbox ? { ...item, ...more, entry: { ...item.entry, state, ...change } } : item));
		return this.#ticketChanged(this.#item(outbox).entry.ticket);
	}

	/** The server took it: it stands on its ticket. */
	deliver(outbox: string): { seq: string } {
		const { entry } = this.#item(outbox);
		const { outgoing, ticket } = entry;
		const row = this.#desk.row(ticket);
		const last = makeMessages(row).at(-1) as ShownMessage;
		const message = { ...last.message, id: `${ticket}${900 + Number(outbox)}`, direction: 'outbound' as const, from: outgoing.from, to: outgoing.to, cc: outgoing.cc, at_ms: Date.now() };
		this.sent.set(ticket, [...(this.sent.get(ticket) ?? []), { ...last, message, segments: [{ kind: 'new', text: outgoing.text }] }]);
		this.#remove(outbox);
		return this.#desk.change([ticket], () => ({ waiting_since_ms: null }));
	}

	/** What is due goes: a hold that is over, a mail that waits without a reason. */
	advance(now: number): void {
		for (const { entry } of this.outbox) {
			if (entry.state === 'held' && entry.hold_until_ms !== null && entry.hold_until_ms <= now) this.move(entry.id, 'sending', { attempts: 1 });
			else if (entry.state === 'sending') this.deliver(entry.id);
			else if (entry.state === 'waiting' && entry.problem === null) this.move(entry.id, 'sending', { attempts: entry.attempts + 1 });
		}
	}

	#begin(ticket: TicketId, kind: ReplyKind): Draft {
		const had = this.drafts.get(ticket);
		if (had?.text.kind === kind) return had;
		const anew = this.#fresh(ticket, kind);
		const draft = had === undefined ? anew : { ...anew, attachments: had.attachments, text: { ...anew.text, html: had.text.html } };
		this.drafts.set(ticket, draft);
		this.#ticketChanged(ticket);
		return draft;
	}

	#fresh(ticket: TicketId, kind: ReplyKind): Draft {
		const row = this.#desk.row(ticket);
		const requester = { name: row.requester_name, email: row.requester_email };
		const from = this.from[0] ?? { name: '', email: '' };
		const subject = kind === 'forward' ? `Fwd: ${row.subject}` : /^re:/i.test(row.subject) ? row.subject : `Re: ${row.subject}`;
		const cc = kind === 'reply_all' ? [{ name: 'Tom Reid', email: 'tom@harbour.example' }] : [];
		const quote = this.messages(ticket).findLast(({ message }) => message.direction === 'inbound')?.message.id ?? null;
		const text: DraftText = { kind, from, to: kind === 'forward' ? [] : [requester], cc, bcc: [], subject, html: signed(this.#desk.signature()), quote };
		const known = [row.requester_email, 'care@harbour.example', 'tom@harbour.example', 'anna@harbour.example'].map((email) => email.toLowerCase());
		return { ticket, text, attachments: [], from_choices: this.from, known, quoted: this.#quoted(ticket), kept_at_ms: Date.now() };
	}

	#quoted(ticket: TicketId): Draft['quoted'] {
		const last = this.messages(ticket).findLast(({ message }) => message.direction === 'inbound');
		return last === undefined ? null : { from: last.message.from, at_ms: last.message.at_ms, text: last.segments.map(({ text }) => text).join('\n') };
	}

	#draft(ticket: TicketId): Draft {
		const draft = this.drafts.get(ticket);
		if (draft === undefined) throw this.#desk.problem('not_found', { what: 'draft' });
		return draft;
	}

	#item(outbox: string): OutboxItem {
		const item = this.outbox.find(({ entry }) => entry.id === outbox);
		if (item === undefined) throw this.#desk.problem('already_sent', {});
		return item;
	}

	#remove(outbox: string): TicketId {
		const { ticket } = this.#item(outbox).entry;
		this.outbox = this.outbox.filter(({ entry }) => entry.id !== outbox);
		return ticket;
	}

	#ticketChanged(ticket: TicketId): { seq: string } {
		return this.#desk.changed({ kind: 'ticket', ticket }, { kind: 'outbox' });
	}
}

const signed = (signature: string): string => (signature === '' ? '' : `<p></p><p>-- <br>${signature.replaceAll('\n', '<br>')}</p>`);

/** The little of HTML that the editor writes, as text. */
const plain = (html: string): string =>
	html.replace(/<br>|<\/(p|li|blockquote)>/g, '\n').replace(/<[^>]*>/g, '').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&nbsp;/g, ' ').replace(/&amp;/g, '&').trim();
