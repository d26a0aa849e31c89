/** What a reader should know about a message besides its words: written by a machine, a meeting, gone at its source, damaged. */
import type { Automatic, CalendarMethod, Defect, Message } from '../../api/generated';
import { day } from '../../i18n/format';
import { m } from '../../i18n/index.svelte';

export type RemarkKind = 'bounce' | 'auto_reply' | 'bulk' | 'calendar' | 'gone' | 'defect';

export interface Remark {
	kind: RemarkKind;
	text: string;
}

/** What stands above the words. */
export function remarks(message: Message, now: number): Remark[] {
	const found: Remark[] = [];
	if (message.automatic !== null) found.push(automatic(message.automatic));
	if (message.calendar !== null) found.push({ kind: 'calendar', text: calendars[message.calendar]() });
	if (message.gone_at_ms !== null) found.push({ kind: 'gone', text: m.message_gone({ date: day(message.gone_at_ms, now) }) });
	return found;
}

const calendars: Record<CalendarMethod, () => string> = {
	request: m.message_calendar_request,
	reply: m.message_calendar_reply,
	cancel: m.message_calendar_cancel,
	publish: m.message_calendar_publish,
};

const defectNames: Record<Defect, () => string> = {
	no_date: m.message_defect_no_date,
	no_sender: m.message_defect_no_sender,
	broken_mime: m.message_defect_broken_mime,
	broken_charset: m.message_defect_broken_charset,
	text_cut: m.message_defect_text_cut,
	too_many_parts: m.message_defect_too_many_parts,
	too_many_recipients: m.message_defect_too_many_recipients,
	attachment_missing: m.message_defect_attachment_missing,
};

/** What was wrong with it as it came, each once. */
export const defects = (message: Message): string[] => [...new Set(message.defects)].map((defect) => defectNames[defect]());

function automatic(mail: Automatic): Remark {
	switch (mail.kind) {
		case 'bounce':
			return { kind: 'bounce', text: bounce(mail.recipients, mail.status) };
		case 'auto_reply':
			return { kind: 'auto_reply', text: m.message_auto_reply() };
		case 'bulk':
			return { kind: 'bulk', text: m.message_bulk() };
	}
}

/** How many failed addresses are named. */
const NAMED = 5;

function bounce(refused: string[], status: string | null): string {
	const named = refused.slice(0, NAMED).join(', ') + (refused.length > NAMED ? ` +${refused.length - NAMED}` : '');
	const recipients = named === '' ? m.message_bounce_unknown() : named;
	return status === null ? m.message_bounce({ recipients }) : m.message_bounce_status({ recipients, status, why: why(status) });
}

/** An enhanced status code's second figure says what kind of thing failed (RFC 3463); 5.1.1 is an address that does not exist. */
function why(status: string): string {
	const subject = status.split('.')[1];
	const known: Record<string, () => string> = {
		'1': m.message_bounce_why_address,
		'2': m.message_bounce_why_mailbox,
		'3': m.message_bounce_why_system,
		'4': m.message_bounce_why_network,
		'5': m.message_bounce_why_protocol,
		'6': m.message_bounce_why_content,
		'7': m.message_bounce_why_policy,
	};
	return (known[subject ?? ''] ?? m.message_bounce_why_other)();
}
