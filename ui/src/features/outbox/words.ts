/** What a mail in the outbox is doing, why, and what a person can do about it. Pure, for one moment. */
import type { OutboxItem, OutboxState } from '../../api/generated';
import { duration, moment, number } from '../../i18n/format';
import { m } from '../../i18n/index.svelte';
import { problemHelp, problemTitle } from '../../shared/problems';

export type Act = 'undo' | 'send_now' | 'try_now' | 'try_again' | 'send_anyway' | 'send_again' | 'edit' | 'show_new' | 'mark_sent' | 'drop';

export interface Words {
	/** Whether it waits for a person. */
	loud: boolean;
	title: string;
	/** Sentences under it, each on its own. */
	why: string[];
	/** The first is what one most likely wants. */
	acts: Act[];
}

const actNames: Record<Act, () => string> = {
	undo: m.outbox_act_undo,
	send_now: m.outbox_act_send_now,
	try_now: m.outbox_act_try_now,
	try_again: m.outbox_act_try_again,
	send_anyway: m.outbox_act_send_anyway,
	send_again: m.outbox_act_send_again,
	edit: m.outbox_act_edit,
	show_new: m.outbox_act_show_new,
	mark_sent: m.outbox_act_mark_sent,
	drop: m.outbox_act_drop,
};
export const actName = (act: Act): string => actNames[act]();

/** Whether somebody must act, or nothing happens. */
export function needsPerson({ entry }: OutboxItem): boolean {
	return ['unknown', 'review', 'stopped'].includes(entry.state) || (entry.state === 'held' && entry.hold_until_ms === null);
}

/** Whether its words change from second to second. */
export const isCountedDown = ({ entry }: OutboxItem): boolean =>
	(entry.state === 'held' && entry.hold_until_ms !== null) || (entry.state === 'waiting' && entry.next_try_at_ms !== null);

const states: Record<OutboxState, (item: OutboxItem, now: number) => Omit<Words, 'loud'>> = { held, waiting, sending, handing_over: sending, unknown, review, stopped, sent };

export function wordsOf(item: OutboxItem, now: number): Words {
	return { loud: needsPerson(item), ...states[item.entry.state](item, now) };
}

function held({ entry }: OutboxItem, now: number): Omit<Words, 'loud'> {
	if (entry.hold_until_ms === null) return { title: m.outbox_held(), why: [m.outbox_held_help()], acts: ['send_now', 'edit', 'drop'] };
	const left = entry.hold_until_ms - now;
	return { title: left > 0 ? m.outbox_leaves({ time: until(left) }) : m.outbox_leaves_now(), why: [], acts: ['undo'] };
}

function waiting({ entry }: OutboxItem, now: number): Omit<Words, 'loud'> {
	const why = entry.problem === null ? [m.outbox_waiting_help()] : [problemTitle(entry.problem), problemHelp(entry.problem)];
	const tries = entry.attempts > 0 ? [m.outbox_attempts({ count: entry.attempts, number: number(entry.attempts) })] : [];
	return { title: waitingTitle(entry.next_try_at_ms, now), why: [...why.filter((one) => one !== ''), ...tries], acts: ['try_now', 'edit', 'drop'] };
}

function waitingTitle(next: number | null, now: number): string {
	if (next === null) return m.outbox_waiting();
	return next > now ? m.outbox_next_try({ time: until(next - now) }) : m.outbox_next_try_now();
}

function sending(): Omit<Words, 'loud'> {
	return { title: m.outbox_sending(), why: [], acts: [] };
}

function unknown({ not_in_sent, source_name }: OutboxItem): Omit<Words, 'loud'> {
	const looked = not_in_sent ? m.outbox_unknown_not_in_sent({ source: source_name }) : m.outbox_unknown_unread({ source: source_name });
	return { title: m.outbox_unknown(), why: [looked, m.outbox_unknown_help()], acts: ['mark_sent', 'send_again', 'edit', 'drop'] };
}

function review({ news }: OutboxItem): Omit<Words, 'loud'> {
	return { title: m.outbox_review({ count: news, number: number(news) }), why: [m.outbox_review_help()], acts: ['show_new', 'edit', 'send_anyway', 'drop'] };
}

function stopped({ entry }: OutboxItem): Omit<Words, 'loud'> {
	const said = entry.problem?.cause ?? '';
	const why = entry.problem === null ? [] : [problemHelp(entry.problem), said === '' ? '' : m.outbox_server_said({ words: said })];
	return { title: entry.problem === null ? m.outbox_stopped() : problemTitle(entry.problem), why: why.filter((one) => one !== ''), acts: ['edit', 'try_again', 'drop'] };
}

function sent({ entry }: OutboxItem): Omit<Words, 'loud'> {
	return { title: m.outbox_sent(), why: entry.copy === 'due' ? [m.outbox_copy_due()] : [], acts: [] };
}

/** Seconds under a minute, which is where they matter. */
function until(ms: number): string {
	const seconds = Math.max(1, Math.ceil(ms / 1000));
	return seconds < 60 ? m.outbox_seconds({ seconds: number(seconds) }) : duration(ms);
}

/** Since when it is on its way: in the list "sent off Today 14:02". */
export const sentOff = ({ entry }: OutboxItem, now: number): string => m.outbox_sent_off({ time: moment(entry.queued_at_ms, now) });

/** To whom it goes, in few words. */
export function toWhom({ entry: { outgoing } }: OutboxItem): string {
	const all = [...outgoing.to, ...outgoing.cc, ...outgoing.bcc];
	const first = all[0];
	if (first === undefined) return m.reply_nobody();
	return first.name || first.email;
}

/** To whom it goes, with how many more. */
export function recipients(item: OutboxItem): string {
	const { to, cc, bcc } = item.entry.outgoing;
	const more = to.length + cc.length + bcc.length - 1;
	return more > 0 ? m.outbox_recipients_more({ first: toWhom(item), count: number(more) }) : m.outbox_recipients({ names: toWhom(item) });
}
