/** The fake desk as an address asks for it: `?fake&zh&dark&compact&n=2000`, `&empty`, `&offline`, `&outbox`, `&held`, `&nosend`, `&archive`, `&views=12`. */
import type { Boot } from '../../api/generated';
import { FakeDesk, problem } from './fakeDesk';
import { usualLook } from './fakeLists';
import { MINUTE } from './fixtures';

export function preview(asked: URLSearchParams): FakeDesk {
	const desk = new FakeDesk({
		tickets: Number(asked.get('n') ?? 60),
		settings: {
			language: asked.has('zh') ? 'zh-CN' : 'en',
			theme: asked.has('dark') ? 'dark' : 'light',
			density: asked.has('compact') ? 'compact' : 'regular',
		},
		boot: bootOf(asked),
	});
	prepare(desk, asked);
	Object.assign(window, { fake: desk });
	return desk;
}

function prepare(desk: FakeDesk, asked: URLSearchParams): void {
	if (asked.has('nosend')) desk.mail.cannotReply = problem('sending_not_set_up', { account: 'care@harbour.example' });
	if (asked.has('archive')) desk.mail.cannotReply = problem('not_found', {});
	if (asked.has('senders')) desk.mail.from = [...desk.mail.from, { name: 'Harbour Home', email: 'orders@harbour.example' }];
	if (asked.has('outbox')) fillOutbox(desk);
	makeViews(desk, Number(asked.get('views') ?? 6));
	setInterval(() => desk.mail.advance(Date.now()), 700);
}

/** Saved views in folders and without; one asks for a tag that is not there, one is still being counted. */
function makeViews({ lists }: FakeDesk, count: number): void {
	const some: [string, string, string][] = [
		['', 'Platinum, Chinese', 'is:vip lang:zh'], ['', 'Broken on arrival', 'tag:damaged'], ['Livestream', 'Friday livestream', 'updated:<2d'],
		['Livestream', '赠品没有收到', '赠品'], ['退款', '等待退款', 'tag:退款 status:open'], ['退款', 'Over two hours', 'waiting:>2h'], ['', 'A tag that is gone', 'tag:gone'],
	];
	for (let at = 0; at < count; at += 1) {
		const [folder, name, query] = some[at % some.length] as [string, string, string];
		const turn = Math.floor(at / some.length);
		const id = lists.save(null, { name: turn === 0 ? name : `${name} ${turn + 1}`, folder, query, look: usualLook() });
		if (name.startsWith('Friday')) lists.counting.set(id, 62);
	}
}

/** One of each that a person may meet. */
function fillOutbox({ mail, rows, boot }: FakeDesk): void {
	const now = Date.now();
	const zh = boot.settings.language === 'zh-CN';
	const words = zh ? '<p>您好，新的一套今天已经寄出，这次用了加厚的蜂窝纸，预计周三送到。</p>' : '<p>A new set has left today, in thicker paper this time. It should be with you on Wednesday.</p>';
	const put = (place: number, state: Parameters<typeof mail.move>[1], change: Parameters<typeof mail.move>[2], more?: Parameters<typeof mail.move>[3]): void => {
		const row = rows[place];
		if (row === undefined) return;
		const to = [{ name: row.requester_name, email: row.requester_email }];
		const text = { kind: 'reply' as const, from: { name: 'Maya Chen', email: 'care@harbour.example' }, to, cc: [], bcc: [], subject: `Re: ${row.subject}`, html: words, quote: null };
		const { entry } = mail.queue(row.id, text, { queued_at_ms: now - (place + 1) * 7 * MINUTE });
		mail.move(entry.id, state, { hold_until_ms: null, ...change }, more);
	};
	const host = 'smtp.harbour.example';
	const second = rows[1] === undefined ? null : (mail.messages(rows[1].id).at(-2)?.message.id ?? null);
	put(0, 'unknown', { attempts: 1, problem: problem('outcome_unknown', { host }) }, { not_in_sent: true });
	put(1, 'review', { seen: { newest: second, mails: 1 } }, { news: 2 });
	put(2, 'stopped', { attempts: 1, problem: problem('recipients_refused', { host, recipients: 'wang.zy@mail.example' }) });
	put(3, 'waiting', { attempts: 3, next_try_at_ms: now + 40_000, problem: problem('delivery_deferred', { host }) });
	put(4, 'held', {});
}

function bootOf(asked: URLSearchParams): Partial<Boot> {
	if (asked.has('empty')) return { links: [] };
	if (asked.has('held')) return { notices: [problem('replies_held', { count: '2' })] };
	if (!asked.has('offline')) return {};
	return {
		notifications: problem('notifications_unavailable', {}),
		links: [
			{ source: '1', name: 'care@', phase: { phase: 'offline', retry_at_ms: Date.now() + 40_000 }, as_of_ms: Date.now() - 900_000 },
			{ source: '2', name: 'sales@', phase: { phase: 'stopped', problem: problem('password_refused', { host: 'imap.harbour.example', account: 'sales@' }) }, as_of_ms: null },
		],
	};
}
