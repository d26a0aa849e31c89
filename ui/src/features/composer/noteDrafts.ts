/**
 * What was typed as a note, kept as one types. A draft outlives the composer, the ticket's switch and a failed write:
 * it leaves only when the note was added or a person emptied it.
 */
import { call } from '../../api/client';
import type { TicketId } from '../../api/generated';

/** After a pause of this long the draft is on disk. */
export const PAUSE_MS = 400;

export type Kept = 'kept' | 'keeping' | 'failed' | 'nothing';

class Draft {
	text: string;
	/** What is on disk. */
	kept: string;
	/** Whether a person typed it here: then it is newer than what the desk last said. */
	touched = false;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#writing: Promise<void> | undefined;

	constructor(
		readonly ticket: TicketId,
		text: string,
	) {
		this.text = text;
		this.kept = text;
	}

	type(text: string, tell: (state: Kept) => void): void {
		this.text = text;
		this.touched = true;
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => void this.flush(tell), PAUSE_MS);
	}

	/** Writes what is not on disk yet; one write at a time, the newest text last. */
	async flush(tell: (state: Kept) => void): Promise<void> {
		clearTimeout(this.#timer);
		// Nothing may come between the last look and the write, or two would be on their way.
		while (this.#writing !== undefined) await this.#writing;
		if (this.text === this.kept) return;
		this.#writing = this.#write(this.text, tell);
		await this.#writing;
	}

	/** Starts no write any more and waits for the one on its way. */
	async settle(): Promise<void> {
		clearTimeout(this.#timer);
		while (this.#writing !== undefined) await this.#writing;
	}

	async #write(text: string, tell: (state: Kept) => void): Promise<void> {
		tell('keeping');
		let state: Kept = text === '' ? 'nothing' : 'kept';
		try {
			await call('keep_note_draft', { ticket: this.ticket, text });
			this.kept = text;
		} catch {
			state = 'failed';
		}
		this.#writing = undefined;
		tell(state);
	}
}

const drafts = new Map<TicketId, Draft>();
const silent = (): void => undefined;

/** The draft of a ticket: what was typed in this window, else what the desk kept. */
export function openDraft(ticket: TicketId, kept: string): string {
	const known = drafts.get(ticket);
	if (known?.touched) return known.text;
	drafts.set(ticket, new Draft(ticket, kept));
	return kept;
}

/** Whether a note was begun: in this window, or as the desk kept it. */
export function hasNoteDraft(ticket: TicketId, kept: string): boolean {
	const known = drafts.get(ticket);
	return (known?.touched ? known.text : kept) !== '';
}

export function typeDraft(ticket: TicketId, text: string, tell: (state: Kept) => void): void {
	drafts.get(ticket)?.type(text, tell);
}

/** Puts the draft on disk now: the composer lost focus, or another ticket is opened. */
export async function flushDraft(ticket: TicketId, tell: (state: Kept) => void = silent): Promise<void> {
	await drafts.get(ticket)?.flush(tell);
}

/** Adds the draft as a note. No late write may bring it back; if the note is refused, it stays a draft. */
export async function addDraft(ticket: TicketId): Promise<void> {
	const draft = drafts.get(ticket);
	if (draft === undefined || draft.text.trim() === '') return;
	const text = draft.text;
	await draft.settle();
	await call('add_note', { ticket, text: text.trim() });
	draft.kept = '';
	if (draft.text === text) draft.text = '';
}

/** Forgets every draft of this window, for tests. */
export function forgetDrafts(): void {
	for (const draft of drafts.values()) void draft.settle();
	drafts.clear();
}
