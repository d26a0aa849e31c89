/** Believable tickets in two languages, the same every time. */
import type { Customer, CustomerId, Message, ShownMessage, Status, Tag, Ticket, TicketRow } from '../../api/generated';

export const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const tags: Tag[] = [
	{ id: '1', name: 'damaged', layer: 'base' },
	{ id: '2', name: '退款', layer: 'base' },
	{ id: '3', name: 'invoice', layer: 'base' },
	{ id: '4', name: '铂金', layer: 'base' },
	{ id: '5', name: 'delivery', layer: 'dynamic' },
];

interface Seed {
	name: string;
	email: string;
	lang: string;
	subject: string;
	snippet: string;
	tags?: number[];
	vip?: boolean;
}

const seeds: Seed[] = [
	{ name: '林静怡', email: 'lin@mail.example', lang: 'zh', subject: '第二次收到碎的茶具，周六要用', snippet: '我真的很失望，上次你们说会加厚包装，结果打开箱子四只杯子碎了三只', tags: [4, 1], vip: true },
	{ name: 'Marcus Webb', email: 'marcus.webb@example.org', lang: 'en', subject: 'Promo code rejected at checkout', snippet: 'It says expired but the banner is still up on your front page' },
	{ name: '王志远', email: 'wang.zy@mail.example', lang: 'zh', subject: '回电：发票抬头写错了', snippet: '抬头应为杭州远山科技有限公司，税号在附件里', tags: [3] },
	{ name: 'Aisha Rahman', email: 'aisha@rahman.example', lang: 'en', subject: 'Two items missing from A-20812', snippet: 'Only the kettle was in the box, the lids and the filter were not' },
	{ name: '赵敏', email: 'zhaomin@mail.example', lang: 'zh', subject: '请问可以改收货地址吗？', snippet: '下单的时候选错了，还没发货吧' },
	{ name: 'Daniel Okafor', email: 'd.okafor@company.example', lang: 'en', subject: 'Invoice needs our VAT number', snippet: 'Could you reissue INV-3318 with the number below', tags: [3] },
	{ name: '陈思远', email: 'chen.sy@mail.example', lang: 'zh', subject: '登录一直提示验证码错误', snippet: '换了两个手机都收不到' },
	{ name: 'Sofia Lindqvist', email: 'sofia@lindqvist.example', lang: 'en', subject: 'Re: Return label does not scan', snippet: 'The counter clerk tried it three times and then sent me home', tags: [5] },
	{ name: '周婷', email: 'zhouting@mail.example', lang: 'zh', subject: '直播间的赠品没有收到', snippet: '3 号链接拍的，备注里写了要杯刷' },
	{ name: 'Priya Nair', email: 'priya.nair@example.net', lang: 'en', subject: 'How do I descale the kettle?', snippet: 'The manual only mentions vinegar' },
	{ name: '黄伟', email: 'huangwei@mail.example', lang: 'zh', subject: '退款什么时候到账', snippet: '客服说三到五个工作日，今天第四天', tags: [2] },
	{ name: 'Hannah Becker', email: 'hannah.becker@example.de', lang: 'en', subject: 'Thank you, it all works now', snippet: 'One last thing, where can I leave a review?' },
	{ name: '刘洋', email: 'liuyang@mail.example', lang: 'zh', subject: '换货的杯子颜色能选吗', snippet: '您好，蓝色和烟灰都可以，您看' },
	{ name: 'Oliver Grant-Featherstonehaugh of the Northern Approaches', email: 'oliver@grant.example', lang: 'en', subject: 'Gift wrap for a wedding order, with a subject that is far longer than any row has room for', snippet: 'We can pack both boxes together if' },
	{ name: '', email: 'noreply@parcel.example', lang: 'en', subject: '', snippet: 'Your parcel could not be delivered' },
];

export function makeRows(count: number, now: number): TicketRow[] {
	return Array.from({ length: count }, (_, place) => makeRow(place, now, Math.max(10_000, count)));
}

function makeRow(place: number, now: number, first: number): TicketRow {
	const seed = seeds[place % seeds.length] as Seed;
	const turn = Math.floor(place / seeds.length);
	const waited = (place + 1) * (place < 9 ? 14 : 47) * MINUTE;
	const status = statusAt(place);
	return {
		id: String(first - place),
		token: `FD-${(7_431_000 - place * 37).toString(36).toUpperCase()}`,
		source: '1',
		channel: 'mail',
		subject: turn === 0 || seed.subject === '' ? seed.subject : `${seed.subject} (${turn + 1})`,
		snippet: seed.snippet,
		lang: seed.lang,
		requester: String(500 + (place % seeds.length)),
		requester_name: seed.name,
		requester_email: seed.email,
		vip: seed.vip ?? false,
		status,
		priority: place === 0 ? 'urgent' : 'normal',
		unread: [0, 1, 3, 4, 8].includes(place),
		messages: 1 + ((place * 5) % 8),
		has_attachment: place % 6 === 2,
		urgent: place === 0 ? { kind: 'words', word: '失望' } : null,
		tags: (seed.tags ?? []).map((id) => tags[id - 1] as Tag),
		waiting_since_ms: status === 'open' && place % 5 !== 3 ? now - waited : null,
		last_message_at_ms: now - waited,
	};
}

function statusAt(place: number): Status {
	if (place % 7 === 5) return 'waiting';
	return place > 20 && place % 3 === 0 ? 'closed' : 'open';
}

export function makeTicket(row: TicketRow): Ticket {
	return {
		row,
		created_at_ms: row.last_message_at_ms - 48 * HOUR,
		closed_at_ms: row.status === 'closed' ? row.last_message_at_ms : null,
		source_name: 'care@harbour.example',
		own_to_this_desk: true,
	};
}

export function makeMessages(row: TicketRow): ShownMessage[] {
	return Array.from({ length: row.messages }, (_, place) => {
		const inbound = (row.messages - place) % 2 === 1;
		const message: Message = {
			id: `${row.id}${place}`,
			ticket: row.id,
			kind: 'mail',
			direction: inbound ? 'inbound' : 'outbound',
			from: inbound ? { name: row.requester_name, email: row.requester_email } : { name: 'Maya Chen', email: 'care@harbour.example' },
			to: [inbound ? { name: '', email: 'care@harbour.example' } : { name: row.requester_name, email: row.requester_email }],
			cc: [],
			at_ms: row.last_message_at_ms - (row.messages - 1 - place) * 5 * HOUR,
			text: '',
			lang: row.lang,
			has_html: false,
			attachments: [],
			automatic: null,
			calendar: null,
			defects: [],
			gone_at_ms: null,
		};
		return { message, segments: [{ kind: 'new', text: row.snippet }], cut: false, show_html: false, blocked_images: 0, images_trusted: false };
	});
}

export function makeCustomer(id: CustomerId, rows: TicketRow[], now: number): Customer {
	const theirs = rows.filter((row) => row.requester === id);
	const first = theirs[0];
	return {
		id,
		name: first?.requester_name ?? '',
		tier: first?.vip ? 'vip' : 'standard',
		lang: first?.lang ?? 'en',
		contacts: [{ kind: 'email', value: first?.requester_email ?? '' }],
		tags: first?.vip ? [tags[3] as Tag] : [],
		first_seen_at_ms: now - 400 * 24 * HOUR,
		last_seen_at_ms: first?.last_message_at_ms ?? now,
		tickets: theirs.length,
		open_tickets: theirs.filter((row) => row.status === 'open').length,
		earlier: theirs.slice(0, 20),
	};
}
