/**
 * A reply being written. It outlives the composer and the switch to another ticket; what is typed is on disk after a short pause,
 * one write at a time, the newest last. It ends only by being sent, or by being discarded, which can be undone.
 */
import { asProblem, call } from '../../api/client';
import type {
	Address, BlobHash, Draft, DraftText, MessageId, OutgoingAttachment, Problem, Quoted, ReplyKind, TicketId,
} from '../../api/generated';
import * as platform from '../../platform';

/** After a pause of this long the draft is on disk; longer for a text that is slow to write out. */
export const PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;
/** A draft that could not be kept is tried again so often. */
const AGAIN_MS = 5_000;
/** No mail takes a larger file, so it is not even read. The desk counts all of a reply together. */
export const MOST_ATTACHED = 25 * 1024 * 1024;

export type Kept = 'nothing' | 'keeping' | 'kept' | 'failed';

/** A file on its way into the reply, or refused. */
export interface Upload {
	id: number;
	name: string;
	size: number;
	problem?: Problem;
}

/** A draft keeps fewer than a thousand addresses; a list pasted by mistake is kept this far of each, to be cut down. */
const MOST_KEPT = 300;

/** Where a kept text comes from while an editor holds it. */
export type Source = () => string;

let uploads = 0;
const nobody: Address = { name: '', email: '' };

export class Reply {
	kind = $state<ReplyKind>('reply');
	from = $state.raw<Address>(nobody);
	to = $state.raw<Address[]>([]);
	cc = $state.raw<Address[]>([]);
	bcc = $state.raw<Address[]>([]);
	subject = $state('');
	quote = $state.raw<MessageId | null>(null);
	quoted = $state.raw<Quoted | null>(null);
	attachments = $state.raw<OutgoingAttachment[]>([]);
	fromChoices = $state.raw<Address[]>([]);
	known = $state.raw<ReadonlySet<string>>(new Set());
	uploads = $state.raw<Upload[]>([]);
	kept = $state<Kept>('nothing');
	keptAt = $state<number>();
	/** Why the draft could not be kept. */
	problem = $state.raw<Problem>();
	/** The text as last read from the editor. */
	html = '';

	#source: Source | undefined;
	#unread = false;
	/** Counts the changes; what is on disk is the change of that number. */
	#change = 0;
	#onDisk = 0;
	#pause = PAUSE_MS;
	#timer: ReturnType<typeof setTimeout> | undefined;
	/** Nothing of it is written by itself any more. */
	#settled = false;
	#writing: Promise<void> | undefined;

	constructor(
		readonly ticket: TicketId,
		draft: Draft,
		/** Whether it was begun this moment, so that nothing of it was written by a person yet. */
		readonly fresh: boolean,
	) {
		this.#take(draft);
		this.html = draft.text.html;
		if (!fresh) [this.kept, this.keptAt] = ['kept', draft.kept_at_ms];
	}

	#take({ text, ...draft }: Draft): void {
		const { kind, from, to, cc, bcc, subject, quote } = text;
		const { attachments, quoted } = draft;
		Object.assign(this, { kind, from, to, cc, bcc, subject, quote, attachments, quoted, fromChoices: draft.from_choices, known: new Set(draft.known) });
	}

	/** What would be kept now. */
	text(): DraftText {
		if (this.#unread && this.#source !== undefined) {
			const began = performance.now();
			this.html = this.#source();
			this.#unread = false;
			this.#pause = Math.min(LONGEST_PAUSE_MS, Math.max(PAUSE_MS, (performance.now() - began) * 10));
		}
		const { kind, from, subject, quote, html } = this;
		const [to, cc, bcc] = [this.to, this.cc, this.bcc].map((all) => all.slice(0, MOST_KEPT)) as [Address[], Address[], Address[]];
		return { kind, from, to, cc, bcc, subject, quote, html };
	}

	/** An editor takes the text over; answers how it gives it back. */
	edits(source: Source): () => void {
		this.#source = source;
		return () => {
			this.text();
			if (this.#source === source) this.#source = undefined;
		};
	}

	/** The editor's text is another now. */
	typed(): void {
		this.#unread = true;
		this.#changed();
	}

	/** Words that were typed before an editor was there go before what is written. */
	prepend(words: string): void {
		const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
		this.html = escaped.split('\n').map((line) => `<p>${line}</p>`).join('') + this.html;
		this.#changed();
	}

	/** A person changed who gets it, its subject, or what it quotes. */
	set(change: Partial<Pick<Reply, 'from' | 'to' | 'cc' | 'bcc' | 'subject' | 'quote'>>): void {
		Object.assign(this, change);
		this.#changed();
	}

	#changed(): void {
		this.#change += 1;
		this.#later(this.#pause);
	}

	#later(ms: number): void {
		clearTimeout(this.#timer);
		if (this.#settled) return;
		this.#timer = setTimeout(() => void this.flush(), ms);
	}

	/** Writes what is not on disk yet; answers whether everything is. */
	async flush(): Promise<boolean> {
		clearTimeout(this.#timer);
		// Nothing may come between the last look and the write, or two would be on their way.
		while (this.#writing !== undefined) await this.#writing;
		if (this.#onDisk === this.#change) return true;
		this.#writing = this.#write();
		await this.#writing;
		return this.#onDisk === this.#change;
	}

	/** Starts no write any more and waits for the one on its way. */
	async settle(): Promise<void> {
		this.#settled = true;
		clearTimeout(this.#timer);
		while (this.#writing !== undefined) await this.#writing;
	}

	async #write(): Promise<void> {
		const [change, text] = [this.#change, this.text()];
		if (this.kept === 'nothing') this.kept = 'keeping';
		try {
			await call('keep_draft', { ticket: this.ticket, text });
			this.#onDisk = change;
			[this.kept, this.keptAt] = ['kept', Date.now()];
		} catch (thrown) {
			this.kept = 'failed';
			this.problem = asProblem(thrown);
			this.#later(AGAIN_MS);
		}
		this.#writing = undefined;
	}

	/** Answers the other way: recipients and subject are worked out anew, what was written stays. */
	async turn(kind: ReplyKind): Promise<void> {
		await this.flush();
		const draft = await call('begin_reply', { ticket: this.ticket, kind });
		this.#take(draft);
		this.#changed();
	}

	/** Shows what would be quoted, after the quote was put back. */
	async quoteAgain(message: MessageId): Promise<void> {
		this.set({ quote: message });
		if (this.quoted !== null || !(await this.flush())) return;
		this.quoted = (await call('begin_reply', { ticket: this.ticket, kind: this.kind })).quoted;
	}

	/** Takes files in, each on its own: one that is refused says so and stops no other. */
	async attach(files: File[], inline: boolean, placed: (attachment: OutgoingAttachment, file: File) => void = () => undefined): Promise<void> {
		for (const file of files) {
			const upload: Upload = { id: ++uploads, name: file.name, size: file.size };
			this.uploads = [...this.uploads, upload];
			try {
				const attachment = await this.#attachOne(file, inline);
				this.attachments = [...this.attachments.filter((one) => one.hash !== attachment.hash || one.content_id !== attachment.content_id), attachment];
				this.dismiss(upload.id);
				placed(attachment, file);
			} catch (thrown) {
				this.#refuse(upload, asProblem(thrown));
			}
		}
	}

	async #attachOne(file: File, inline: boolean): Promise<OutgoingAttachment> {
		const refused: Problem = { code: 'attachment_too_large', params: { name: file.name }, cause: null };
		if (file.size > MOST_ATTACHED) throw refused;
		// There must be a draft to attach to.
		if (this.#change === 0) this.#change += 1;
		await this.flush();
		const bytes = await readFile(file);
		return platform.attach(this.ticket, { name: file.name, type: file.type || 'application/octet-stream', bytes }, inline);
	}

	#refuse(upload: Upload, problem: Problem): void {
		this.uploads = this.uploads.map((one) => (one.id === upload.id ? { ...one, problem } : one));
	}

	/** Takes a finished or refused upload off the list. */
	dismiss(id: number): void {
		this.uploads = this.uploads.filter((one) => one.id !== id);
	}

	async detach(hash: BlobHash): Promise<void> {
		await call('detach', { ticket: this.ticket, hash });
		this.attachments = this.attachments.filter((one) => one.hash !== hash);
	}

	/** Whether a person did nothing with it but open it. */
	get untouched(): boolean {
		return this.fresh && this.#change === 0;
	}

	/** Everybody it would go to. */
	get recipients(): Address[] {
		return [...this.to, ...this.cc, ...this.bcc];
	}
}

async function readFile(file: File): Promise<ArrayBuffer> {
	try {
		return await file.arrayBuffer();
	} catch (thrown) {
		const problem: Problem = { code: 'file_unreadable', params: { name: file.name }, cause: String(thrown) };
		throw problem;
	}
}
