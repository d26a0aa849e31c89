/** A believable board and its alerts, made from the fixtures' rows: only for tests and previews. */
import type { Alert, Answers, Board, BoardHour, TicketRow } from '../../api/generated';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ARRIVED = [0, 0, 0, 1, 0, 1, 2, 5, 9, 14, 19, 16, 11, 9, 13, 17, 12, 8, 6, 5, 4, 3, 1, 1];

function makeHours(now: number): BoardHour[] {
	const midnight = new Date(now).setHours(0, 0, 0, 0);
	return ARRIVED.map((arrived, at) => {
		const from = midnight + at * HOUR;
		const past = from <= now;
		return { from_ms: from, to_ms: from + HOUR, arrived: past ? arrived : 0, answered: past ? Math.max(0, arrived - (at % 4) + 1) : 0 };
	});
}

export function makeBoard(rows: TicketRow[], now: number): Board {
	const hours = makeHours(now);
	const sum = (of: 'arrived' | 'answered'): number => hours.reduce((all, hour) => all + hour[of], 0);
	const waiting = rows.filter((row) => row.status === 'open' && row.waiting_since_ms !== null);
	const longest = waiting.toSorted((a, b) => (a.waiting_since_ms ?? 0) - (b.waiting_since_ms ?? 0)).slice(0, 12);
	const urgent = rows.filter((row) => row.urgent !== null);
	const today: Answers = { arrived: sum('arrived'), answered: sum('answered'), median_ms: 26 * MINUTE, ninetieth_ms: 110 * MINUTE, within_target: sum('answered') - 7 };
	const midnight = new Date(now).setHours(0, 0, 0, 0);
	return {
		as_of_ms: now,
		queue: waiting.length,
		longest_waits: longest.map((row) => ({ ticket: row.id, requester_name: row.requester_name, subject: row.subject, since_ms: row.waiting_since_ms ?? now, target_min: 240 })),
		over_target: waiting.filter((row) => now - (row.waiting_since_ms ?? now) > 240 * MINUTE).length,
		urgent: urgent.length,
		urgent_tickets: urgent.slice(0, 50).map((row) => ({
			ticket: row.id, requester_name: row.requester_name, subject: row.subject, reason: row.urgent ?? { kind: 'priority' },
			raised_at_ms: row.last_message_at_ms, waiting_since_ms: row.waiting_since_ms,
		})),
		hours,
		today,
		week: { arrived: 612, answered: 588, median_ms: 41 * MINUTE, ninetieth_ms: 6 * HOUR, within_target: 541 },
		today_from_ms: midnight,
		week_from_ms: midnight - 3 * 24 * HOUR,
	};
}

export function makeAlerts(rows: TicketRow[], now: number): Alert[] {
	return rows.slice(0, 8).map((row, at) => ({
		id: 100 - at,
		ticket: row.id,
		requester_name: row.requester_name,
		subject: row.subject,
		reason: row.urgent ?? (at % 2 === 0 ? { kind: 'words', word: 'refund' } : { kind: 'vip_waiting', waited_min: 75, target_min: 60 }),
		raised_at_ms: now - (at + 1) * 17 * MINUTE,
		told_at_ms: at === 5 ? null : now - (at + 1) * 17 * MINUTE + 900,
		snoozed_until_ms: at === 1 ? now + 12 * MINUTE : null,
		standing: at < 3,
		missed: at < 2,
	}));
}
