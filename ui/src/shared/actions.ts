/**
 * What a person does to tickets. Each change is on disk before it answers, is told in a toast, and can be taken back there.
 * A ticket that is already as asked is left alone, so that undo restores exactly what was.
 */
import { call as ask, type Args, type CallName, type Out } from '../api/client';
import type { Priority, Status, TagId, TicketId, TicketRow } from '../api/generated';
import { m } from '../i18n/index.svelte';
import { rowsOf, touch } from './rows';
import { attempt, say } from './toasts.svelte';

/** A change made here: lists show its tickets at once, wherever they go. */
async function call<K extends CallName>(name: K, args: Args<K>): Promise<Out<K>> {
	if ('tickets' in args) touch(args.tickets);
	return ask(name, args);
}

const ids = (rows: TicketRow[]): TicketId[] => rows.map((row) => row.id);

/** The tickets by what they were, so that each group goes back to it with one call. */
function groups<K>(rows: TicketRow[], key: (row: TicketRow) => K): [K, TicketId[]][] {
	const found = new Map<K, TicketId[]>();
	for (const row of rows) found.set(key(row), [...(found.get(key(row)) ?? []), row.id]);
	return [...found];
}

const statusDone = {
	open: (count: number) => m.done_opened({ count }),
	waiting: (count: number) => m.done_waiting({ count }),
	closed: (count: number) => m.done_closed({ count }),
} satisfies Record<Status, (count: number) => string>;

export async function setStatus(tickets: TicketId[], status: Status, undone?: () => void): Promise<boolean> {
	return attempt(async () => {
		const rows = (await rowsOf(tickets)).filter((row) => row.status !== status);
		if (rows.length === 0) return;
		await call('set_status', { tickets: ids(rows), status });
		const back = groups(rows, (row) => row.status);
		say(
			() => statusDone[status](rows.length),
			async () => {
				for (const [was, some] of back) await call('set_status', { tickets: some, status: was });
				undone?.();
			},
		);
	});
}

export async function setPriority(tickets: TicketId[], priority: Priority): Promise<boolean> {
	return attempt(async () => {
		const rows = (await rowsOf(tickets)).filter((row) => row.priority !== priority);
		if (rows.length === 0) return;
		await call('set_priority', { tickets: ids(rows), priority });
		const back = groups(rows, (row) => row.priority);
		say(
			() => m.done_priority({ count: rows.length, priority: priorityName(priority) }),
			async () => {
				for (const [was, some] of back) await call('set_priority', { tickets: some, priority: was });
			},
		);
	});
}

/** Marks as read or unread, with a toast. Reading by opening is [`markSeen`]. */
export async function markRead(tickets: TicketId[], read: boolean): Promise<boolean> {
	return attempt(async () => {
		const some = ids((await rowsOf(tickets)).filter((row) => row.unread === read));
		if (some.length === 0) return;
		if (!read) for (const ticket of some) keptUnread.add(ticket);
		await call('mark_read', { tickets: some, read });
		say(
			() => (read ? m.done_read({ count: some.length }) : m.done_unread({ count: some.length })),
			async () => void (await call('mark_read', { tickets: some, read: !read })),
		);
	});
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
	const key = name.trim().toLocaleLowerCase();
	if (key === '') return false;
	return attempt(async () => {
		const rows = await rowsOf(tickets);
		const some = ids(rows.filter((row) => !row.tags.some((tag) => tag.name.toLocaleLowerCase() === key)));
		if (some.length === 0) return;
		await call('tag_tickets', { tickets: some, name: name.trim() });
		say(
			() => m.done_tagged({ count: some.length, tag: name.trim() }),
			async () => {
				const tag = (await call('tags', {})).find((one) => one.name.toLocaleLowerCase() === key);
				if (tag !== undefined) await call('untag_tickets', { tickets: some, tag: tag.id });
			},
		);
	});
}

export async function removeTag(tickets: TicketId[], tag: TagId): Promise<boolean> {
	return attempt(async () => {
		const rows = (await rowsOf(tickets)).filter((row) => row.tags.some((one) => one.id === tag));
		const name = rows[0]?.tags.find((one) => one.id === tag)?.name;
		if (name === undefined) return;
		await call('untag_tickets', { tickets: ids(rows), tag });
		say(
			() => m.done_untagged({ count: rows.length, tag: name }),
			async () => void (await call('tag_tickets', { tickets: ids(rows), name })),
		);
	});
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
