/**
 * What a person does to tickets. Each change is on disk before it answers, is told in a toast, and is taken back in one step, whether
 * it was of one ticket or of five thousand. The desk leaves alone what is already as asked, and in an undo what was changed again since.
 */
import { call as ask, type Args, type CallName, type Out } from '../api/client';
import type { Priority, Status, TagId, TicketId, TicketsChanged } from '../api/generated';
import { number } from '../i18n/format';
import { m } from '../i18n/index.svelte';
import { seenRow, touch } from './rows';
import { attempt, attemptUndoable, say, undoLast } from './toasts.svelte';

/** A change made here: lists show its tickets at once, wherever they go. */
async function call<K extends CallName>(name: K, args: Args<K>): Promise<Out<K>> {
	if ('tickets' in args) touch(args.tickets);
	return ask(name, args);
}

interface Done {
	tickets: TicketId[];
	change: number;
	/** What else is put back. */
	undone: (() => void) | undefined;
}

/** What can be taken back, the last behind; as many as the desk remembers. */
const MOST_UNDONE = 100;
const done: Done[] = [];

export const forgetDone = (): void => void done.splice(0);

/** Makes a change and tells of it, with a way back; nothing is told when nothing was to do. */
async function change(tickets: TicketId[], act: () => Promise<TicketsChanged>, told: (figures: Figures) => string, undone?: () => void): Promise<boolean> {
	return attemptUndoable(async () => {
		const changed = await act();
		if (changed.tickets === 0) return;
		const count = changed.tickets;
		const text = (): string => told({ count, number: number(count) });
		if (changed.undo === null) return say(text);
		const one: Done = { tickets, change: changed.undo, undone };
		done.push(one);
		done.splice(0, done.length - MOST_UNDONE);
		say(text, () => takeBack(one));
	});
}

interface Figures {
	count: number;
	number: string;
}

async function takeBack(one: Done): Promise<void> {
	const at = done.indexOf(one);
	if (at >= 0) done.splice(at, 1);
	touch(one.tickets);
	const { left } = await ask('undo', { change: one.change });
	one.undone?.();
	if (left > 0) say(() => m.view_undone_left({ left, number: number(left) }));
}

/** Takes back the last thing that was done: what its toast offers, or after the toast has left, the last change of tickets. */
export async function undo(): Promise<void> {
	if (await undoLast()) return;
	const last = done.at(-1);
	if (last !== undefined) await attempt(() => takeBack(last));
}

const statusDone = {
	open: (figures: Figures) => m.done_opened(figures),
	waiting: (figures: Figures) => m.done_waiting(figures),
	closed: (figures: Figures) => m.done_closed(figures),
} satisfies Record<Status, (figures: Figures) => string>;

export const setStatus = (tickets: TicketId[], status: Status, undone?: () => void): Promise<boolean> =>
	change(tickets, () => call('set_status', { tickets, status }), statusDone[status], undone);

export const setPriority = (tickets: TicketId[], priority: Priority): Promise<boolean> =>
	change(tickets, () => call('set_priority', { tickets, priority }), (figures) => m.done_priority({ ...figures, priority: priorityName(priority) }));

/** Marks as read or unread, with a toast. Reading by opening is [`markSeen`]. */
export function markRead(tickets: TicketId[], read: boolean): Promise<boolean> {
	if (!read) for (const ticket of tickets) keptUnread.add(ticket);
	return change(tickets, () => call('mark_read', { tickets, read }), (figures) => (read ? m.done_read(figures) : m.done_unread(figures)));
}

/** Tickets somebody marked as unread: they stay so until they are opened anew. */
const keptUnread = new Set<TicketId>();

/** A ticket is opened anew. */
export const opened = (ticket: TicketId): void => void keptUnread.delete(ticket);

/** A ticket that was opened has been read: nothing to tell, nothing to undo. */
export async function markSeen(ticket: TicketId): Promise<void> {
	if (keptUnread.has(ticket)) return;
	await attempt(() => call('mark_read', { tickets: [ticket], read: true }));
}

export async function addTag(tickets: TicketId[], name: string): Promise<boolean> {
	const tag = name.trim();
	if (tag === '') return false;
	return change(tickets, () => call('tag_tickets', { tickets, name: tag }), (figures) => m.done_tagged({ ...figures, tag }));
}

export async function removeTag(tickets: TicketId[], tag: TagId): Promise<boolean> {
	const name = await nameOfTag(tickets, tag);
	return change(tickets, () => call('untag_tickets', { tickets, tag }), (figures) => m.done_untagged({ ...figures, tag: name }));
}

/** What a tag is called, by the tickets that have it or else by the desk. */
async function nameOfTag(tickets: TicketId[], tag: TagId): Promise<string> {
	for (const ticket of tickets) {
		const found = seenRow(ticket)?.tags.find((one) => one.id === tag);
		if (found !== undefined) return found.name;
	}
	let name = '';
	await attempt(async () => (name = (await ask('tags', {})).find((one) => one.id === tag)?.name ?? ''));
	return name;
}

/** Takes an urgent ticket: it stops asking. That somebody took it cannot be untold. */
export async function acknowledge(ticket: TicketId): Promise<boolean> {
	return attempt(async () => {
		await call('acknowledge', { ticket });
		say(() => m.done_taken());
	});
}

export function priorityName(priority: Priority): string {
	const names = { low: m.priority_low, normal: m.priority_normal, high: m.priority_high, urgent: m.priority_urgent };
	return names[priority]();
}

export function statusName(status: Status): string {
	const names = { open: m.status_open, waiting: m.status_waiting, closed: m.status_closed };
	return names[status]();
}
