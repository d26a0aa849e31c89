/** Messages and events in one order of time. */
import { describe, expect, it } from 'vitest';
import type { Event, ShownMessage } from '../../api/generated';
import { keepOlder, timeline } from './timeline';

const message = (id: string, at: number): ShownMessage => ({ message: { id, at_ms: at } }) as ShownMessage;
const event = (at: number): Event => ({ at_ms: at, who: '', what: { kind: 'acknowledged' } });
const shown = (messages: ShownMessage[], events: Event[], earlier = 0): string[] =>
	timeline(messages, events, earlier).map((item) => item.message?.message.id ?? `e${item.event?.at_ms}`);

describe('a timeline', () => {
	it('puts events between the messages of their time', () => {
		expect(shown([message('a', 10), message('b', 30)], [event(40), event(20), event(5)])).toEqual(['e5', 'a', 'e20', 'b', 'e40']);
	});

	it('holds events of a time that is not loaded back with its messages', () => {
		expect(shown([message('a', 10)], [event(5), event(20)], 3)).toEqual(['a', 'e20']);
	});

	it('shows events without any message', () => {
		expect(shown([], [event(5)])).toEqual(['e5']);
	});

	it('has a key of its own for each of two events of one moment', () => {
		const keys = timeline([], [event(5), event(5)], 0).map((item) => item.key);
		expect(new Set(keys).size).toBe(2);
	});
});

describe('earlier messages', () => {
	const [a, b, c, d] = [message('a', 1), message('b', 2), message('c', 3), message('d', 4)];
	const ids = (messages: ShownMessage[]): string[] => messages.map((one) => one.message.id);

	it('stay when a new message pushes the page on', () => {
		expect(ids(keepOlder([a], [b, c], [c, d]))).toEqual(['a', 'b']);
	});

	it('stay when nothing moved', () => {
		expect(ids(keepOlder([a], [b, c], [b, c]))).toEqual(['a']);
	});

	it('are not shown twice when the page grows backwards', () => {
		expect(ids(keepOlder([a, b], [c, d], [b, c, d]))).toEqual(['a']);
	});

	it('are forgotten when a gap would stand between', () => {
		expect(ids(keepOlder([a], [b], [d]))).toEqual([]);
	});
});
