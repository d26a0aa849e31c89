/** What the components page shows: the fixtures' tickets, changed to be as hard as real ones can be. The same at every hour of the clock. */
import { marker } from '../../shared/marker';
import type {
	Alert, Attachment, Column, Event, LinkPhase, LinkState, ListedTicket, Message, OutboxState, Problem, ShownMessage, TicketRow,
} from '../../api/generated';
import { m } from '../../i18n/index.svelte';
import { desk } from '../../shared/desk.svelte';
import { FakeDesk, problem } from '../../shared/testing/fakeDesk';
import { makeMessages, MINUTE } from '../../shared/testing/fixtures';
import { complain, say } from '../../shared/toasts.svelte';

export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const LONG_NAME = '杭州远山科技有限公司华东区客户服务与售后支持中心第三组'.repeat(12).slice(0, 300);
const HOST = 'smtp.harbour.example';

function makeDesk(asked: URLSearchParams): FakeDesk {
	const made = new FakeDesk({
		tickets: 30,
		settings: {
			language: asked.has('zh') ? 'zh-CN' : 'en',
			theme: asked.has('dark') ? 'dark' : 'light',
			density: asked.has('compact') ? 'compact' : 'regular',
		},
	});
	fillOutbox(made);
	return made;
}

/** What stands in the window's own state once the desk has started. */
export function fillDesk(): void {
	desk.reachable = false;
	// A search that is typed stays only where a search is shown.
	desk.scope = { kind: 'search', query: 'tag:vip' };
	desk.notices = [problem('replies_held', { count: '2' }), problem('workspace_damaged', {})];
	complain(problem('password_refused', { host: 'imap.harbour.example', account: 'care@harbour.example' }));
	say(() => m.done_closed({ count: 3, number: '3' }), async () => undefined);
}

/** One mail in each state it may be in on its way out. */
const states: { state: OutboxState; change?: object; more?: object }[] = [
	{ state: 'held', change: { hold_until_ms: 9_000 } },
	{ state: 'held' },
	{ state: 'waiting' },
	{ state: 'waiting', change: { attempts: 3, next_try_at_ms: 40_000, problem: problem('delivery_deferred', { host: HOST }) } },
	{ state: 'sending', change: { attempts: 1 } },
	{ state: 'unknown', change: { attempts: 1, problem: problem('outcome_unknown', { host: HOST }) }, more: { not_in_sent: true } },
	{ state: 'review', more: { news: 2 } },
	{ state: 'stopped', change: { attempts: 1, problem: refused() } },
];

function refused(): Problem {
	return { ...problem('recipients_refused', { host: HOST, recipients: 'wang.zy@mail.example' }), cause: '550 5.1.1 User unknown' };
}

function fillOutbox({ mail, rows }: FakeDesk): void {
	const now = Date.now();
	states.forEach(({ state, change = {}, more }, place) => {
		const row = rows[place] as TicketRow;
		const zh = row.lang === 'zh';
		const html = zh ? '<p>您好，新的一套今天已经寄出，这次用了加厚的蜂窝纸，预计周三送到。</p>' : '<p>A new set has left today, in thicker paper this time.</p>';
		const to = [{ name: row.requester_name, email: row.requester_email }];
		const text = { kind: 'reply' as const, from: { name: 'Maya Chen', email: 'care@harbour.example' }, to, cc: [], bcc: [], subject: `Re: ${row.subject}`, html, quote: null };
		const { entry } = mail.queue(row.id, text, { queued_at_ms: now - (place + 1) * 7 * MINUTE, attachments: place === 2 ? [pdf] : [] });
		mail.move(entry.id, state, { hold_until_ms: null, ...fromNow(change, now) }, more);
	});
}

const pdf = { name: '签收单.pdf', media_type: 'application/pdf', size: 84_200, content_id: null, hash: 'a'.repeat(64) };

/** Moments are given as distances. */
const fromNow = (change: object, now: number): object =>
	Object.fromEntries(Object.entries(change).map(([name, value]) => [name, name.endsWith('_ms') ? now + Number(value) : value]));

export interface RowCase {
	name: string;
	listed: ListedTicket;
	current?: boolean;
	picked?: boolean;
	words?: string[];
	columns?: Column[];
	force?: string;
}

const listed = (row: TicketRow, change: Partial<TicketRow>, excerpt: ListedTicket['excerpt'] = null): ListedTicket => ({ row: { ...row, ...change }, place: 0, excerpt });

/** What a row may be. */
export function stateCases(rows: TicketRow[]): RowCase[] {
	const plain = { ...rows[9], unread: false, urgent: null, vip: false, has_attachment: false, tags: [] } as TicketRow;
	const of = (name: string, change: Partial<TicketRow> = {}): RowCase => ({ name, listed: listed(plain, change) });
	return [
		of('read'),
		of('unread', { unread: true }),
		{ ...of('hover'), force: 'hover' },
		{ ...of('focus'), force: 'focus-visible' },
		{ ...of('current'), current: true },
		{ ...of('not picked'), picked: false },
		{ ...of('picked'), picked: true },
		of('urgent', { urgent: { kind: 'words', word: 'refund' }, unread: true }),
		{ ...of('urgent, current', { urgent: { kind: 'priority' } }), current: true },
		of('VIP', { vip: true }),
		of('waiting for the customer', { status: 'waiting', waiting_since_ms: null }),
		of('closed', { status: 'closed', waiting_since_ms: null }),
	];
}

/** What may stand in a row. */
export function textCases(rows: TicketRow[]): RowCase[] {
	const [chinese, english, attached] = [rows[0], rows[1], rows[2]] as [TicketRow, TicketRow, TicketRow];
	const of = (name: string, change: Partial<TicketRow>, row = english): RowCase => ({ name, listed: listed(row, change) });
	const found = { text: '结果打开箱子四只杯子碎了三只，我想退款，请尽快处理', marks: [[17, 2]] as [number, number][] };
	return [
		of('everything', { vip: true, has_attachment: true }, chinese),
		of('a name of 300 characters', { requester_name: LONG_NAME, lang: 'zh', subject: LONG_NAME, tags: chinese.tags, vip: true }),
		of('one long word', { requester_name: 'Donaudampfschifffahrtsgesellschaftskapitänswitwe', subject: 'x'.repeat(300) }),
		of('emoji', { requester_name: '👩‍👩‍👧 Ana', subject: 'Where is it? 🌊', snippet: '' }),
		of('right to left', { requester_name: 'ليلى حداد', subject: 'أين طلبي؟', snippet: 'لم يصل الطلب بعد', tags: attached.tags, has_attachment: true }),
		of('right to left, forced', { requester_name: '\u202egnp.ecivoni\u202c', subject: 'The \u202eesrever\u202c of it' }),
		of('no name, no subject', { requester_name: '', subject: '', snippet: '' }),
		of('attachment', { has_attachment: true }, attached),
		{ name: 'found', listed: listed(chinese, {}, found), words: ['退款', '茶具'] },
		{ ...of('other columns', { priority: 'high' }), columns: ['priority', 'channel', 'source'] },
		of('chat', { channel: 'chat', messages: 48 }),
		of('telephone', { channel: 'phone', messages: 1 }),
		of('social', { channel: 'social', messages: 120 }),
	];
}

/** What may stand at the end of a row, by how long ago. */
export function timeCases(rows: TicketRow[], now: number): { name: string; row: TicketRow }[] {
	const plain = rows[1] as TicketRow;
	const waited = (name: string, ms: number): { name: string; row: TicketRow } => ({ name, row: { ...plain, status: 'open', waiting_since_ms: now - ms } });
	const last = (name: string, ms: number): { name: string; row: TicketRow } => ({ name, row: { ...plain, status: 'closed', waiting_since_ms: null, last_message_at_ms: now - ms } });
	return [
		waited('seconds', 20_000),
		waited('minutes', 12 * MINUTE),
		waited('hours', HOUR + 12 * MINUTE),
		waited('half a day', 13 * HOUR),
		waited('days', 3 * DAY),
		{ name: 'the team waits', row: { ...plain, status: 'waiting', waiting_since_ms: null } },
		last('answered today', 2 * HOUR),
		last('this week', 3 * DAY),
		last('this year', 40 * DAY),
		last('before', 500 * DAY),
	];
}

export function linkCases(now: number): LinkState[] {
	const busy = problem('server_busy', { host: 'imap.harbour.example' });
	const password = problem('password_refused', { host: 'imap.harbour.example', account: 'sales@' });
	const phases: LinkPhase[] = [
		{ phase: 'live', pushed: true }, { phase: 'live', pushed: false }, { phase: 'connecting' }, { phase: 'filling', done: 81_200, total: 128_406, seconds_left: 238 },
		{ phase: 'complete' }, { phase: 'paused' }, { phase: 'offline', retry_at_ms: now + 40_000 }, { phase: 'retrying', problem: busy, retry_at_ms: now + 95_000 }, { phase: 'stopped', problem: password },
	];
	return phases.map((phase, place) => ({ source: String(90 + place), name: 'care@', phase, as_of_ms: now - 15 * MINUTE }));
}

export function alertCases(rows: TicketRow[], now: number): Alert[] {
	const of = (place: number, change: Partial<Alert>): Alert => {
		const row = rows[place] as TicketRow;
		return {
			id: place, ticket: row.id, requester_name: row.requester_name, subject: row.subject, reason: { kind: 'words', word: '失望' }, raised_at_ms: now - (place + 1) * 17 * MINUTE,
			told_at_ms: now, snoozed_until_ms: null, standing: false, missed: false, ...change,
		};
	};
	return [
		of(0, { standing: true, missed: true }),
		of(1, { standing: true, reason: { kind: 'vip_waiting', waited_min: 75, target_min: 60 } }),
		of(2, { standing: true, snoozed_until_ms: now + 12 * MINUTE, reason: { kind: 'priority' } }),
		of(3, { missed: true, told_at_ms: null }),
		of(13, { requester_name: LONG_NAME }),
	];
}

export function eventCases(now: number): Event[] {
	const kinds: Event['what'][] = [
		{ kind: 'status', from: 'open', to: 'waiting' }, { kind: 'priority', from: 'normal', to: 'high' }, { kind: 'tag_added', tag: '退款' },
		{ kind: 'tag_removed', tag: 'damaged' }, { kind: 'urgent', reason: { kind: 'words', word: '失望' } }, { kind: 'acknowledged' },
	];
	return kinds.map((what, place) => ({ what, who: what.kind === 'urgent' ? '' : 'Maya Chen', at_ms: now - (40 - place) * MINUTE }));
}

const attachment = (id: string, name: string, media_type: string, size: number, here = true): Attachment => ({ id, name, media_type, size, content_id: null, inline: false, hash: here ? 'f'.repeat(64) : null });

export interface MessageCase {
	name: string;
	shown: ShownMessage;
	marks?: RegExp | undefined;
}

export function messageCases(rows: TicketRow[]): MessageCase[] {
	const [chinese, english] = [rows[0], rows[1]] as [TicketRow, TicketRow];
	let last = 0;
	const of = (name: string, row: TicketRow, change: Partial<Message>, more: Partial<ShownMessage> = {}): MessageCase => {
		const first = makeMessages({ ...row, messages: 1 })[0] as ShownMessage;
		return { name, shown: { ...first, ...more, message: { ...first.message, id: `m${(last += 1)}`, ...change } } };
	};
	const sent: Partial<Message> = { direction: 'outbound', from: { name: 'Maya Chen', email: 'care@harbour.example' }, to: [{ name: english.requester_name, email: english.requester_email }] };
	const said = (text: string): Partial<ShownMessage> => ({ segments: [{ kind: 'new', text }] });
	return [
		of('from a customer', chinese, { attachments: [attachment('1', '开箱照片-1.jpg', 'image/jpeg', 1_800_000), attachment('2', '签收单.pdf', 'application/pdf', 84_000), attachment('3', 'recording.m4a', 'audio/mp4', 12_000_000, false)] }, {
			segments: [
				{ kind: 'new', text: '我真的很失望。这已经是第二次了，打开箱子四只杯子碎了三只，壶嘴也断了。上次你们说会加厚包装，结果里面还是一层纸。\n今天给不了明确的答复，我会把照片发到网上。' },
				{ kind: 'quote', text: '> 林女士您好\n> 新的一套今天已经寄出' }, { kind: 'signature', text: '林静怡\n杭州' },
			],
		}),
		of('from the team', english, sent, said('I am sorry, the code has run out. Here is a new one: HARBOUR-20. See https://harbour.example/codes for how to use it.')),
		of('a note', english, { ...sent, kind: 'note' }, said('Two sets left in the Hangzhou store. They can hand-pack and courier tonight.')),
		{ ...of('with marks', english, {}, said('It says expired, but the banner is still up on your front page.')), marks: marker(['expired', 'banner']) },
		of('automatic', english, { automatic: { kind: 'auto_reply' } }, said('I am away until Monday.')),
		of('not delivered', english, { automatic: { kind: 'bounce', recipients: ['nobody@mail.example'], status: '5.1.1' } }, said('The mail could not be delivered.')),
		of('damaged, gone, an invitation', english, { defects: ['broken_charset', 'no_date'], calendar: 'request', gone_at_ms: chinese.last_message_at_ms }, { segments: [] }),
		of('a long name', english, { from: { name: LONG_NAME, email: 'long@mail.example' }, has_html: true }, said(`${'a'.repeat(160)} and then it wraps.`)),
	];
}

/** The desk behind the page, as its address asks for it. */
export const fake = makeDesk(new URLSearchParams(location.search));
