/** Messages and what happened between them, in one order of time. Pure. */
import type { Event, ShownMessage } from '../../api/generated';

export type Item = { key: string; message: ShownMessage; event?: undefined } | { key: string; event: Event; message?: undefined };

/** Oldest first. While earlier messages are not loaded, events of their time wait with them. */
export function timeline(messages: ShownMessage[], events: Event[], earlier: number): Item[] {
	const start = earlier > 0 ? (messages[0]?.message.at_ms ?? Infinity) : -Infinity;
	const items: Item[] = [];
	const waiting = events.filter((event) => event.at_ms >= start).toSorted((a, b) => a.at_ms - b.at_ms);
	let next = 0;
	for (const message of messages) {
		for (; next < waiting.length; next += 1) {
			const event = waiting[next];
			if (event === undefined || event.at_ms >= message.message.at_ms) break;
			items.push(eventItem(event, next));
		}
		items.push(messageItem(message));
	}
	return items.concat(waiting.slice(next).map((event, place) => eventItem(event, next + place)));
}

/** The same message is the same item, so that of thousands only what is new is drawn. */
const known = new WeakMap<ShownMessage, Item>();

function messageItem(message: ShownMessage): Item {
	const item = known.get(message) ?? { key: message.message.id, message };
	known.set(message, item);
	return item;
}

const eventItem = (event: Event, place: number): Item => ({ key: `event-${event.at_ms}-${place}`, event });

/**
 * Messages loaded before the newest page, after a new page came in: what slid out of the page is kept,
 * and when the pages don't meet any more everything older is forgotten, so that no gap is shown as whole.
 */
export function keepOlder(older: ShownMessage[], before: ShownMessage[], now: ShownMessage[]): ShownMessage[] {
	const first = now[0]?.message.id;
	if (first === undefined || before.length === 0) return [];
	const place = before.findIndex((shown) => shown.message.id === first);
	if (place >= 0) return older.concat(before.slice(0, place));
	// The page may have grown backwards, into what was older.
	const meets = older.findIndex((shown) => shown.message.id === first);
	return meets >= 0 ? older.slice(0, meets) : [];
}
