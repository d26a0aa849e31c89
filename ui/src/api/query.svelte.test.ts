import { flushSync } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { usePlatform } from '../platform';
import { FakeDesk, problem } from '../shared/testing/fakeDesk';
import { CallError, call } from './client';
import { invalidate, query, type Query } from './query.svelte';
import { isStale } from './stale';

let fake: FakeDesk;

beforeEach(() => {
	fake = new FakeDesk({ tickets: 10 });
	usePlatform(fake);
});

function shown<T>(make: () => T): { value: T; leave: () => void } {
	let value: T | undefined;
	const leave = $effect.root(() => {
		value = make();
	});
	flushSync();
	return { value: value as T, leave };
}

describe('a query', () => {
	it('asks once for all who show the same', async () => {
		const one = shown(() => query('tags', () => ({})));
		const two = shown(() => query('tags', () => ({})));
		await vi.waitFor(() => expect(one.value.data).toBeDefined());
		expect(two.value.data).toBe(one.value.data);
		expect(fake.calls).toHaveLength(1);
		one.leave();
		two.leave();
	});

	it('asks again when what it shows is stale, and keeps the old answer until the new is here', async () => {
		const { value, leave } = shown((): Query<'tags'> => query('tags', () => ({})));
		await vi.waitFor(() => expect(value.data).toHaveLength(5));
		const release = fake.hold('tags');
		fake.tags = fake.tags.slice(1);
		invalidate([{ kind: 'tags' }]);
		expect(value.data).toHaveLength(5);
		release();
		await vi.waitFor(() => expect(value.data).toHaveLength(4));
		leave();
	});

	it('says why it has no answer', async () => {
		fake.answer('tags', () => {
			throw problem('disk_full', {});
		});
		const { value, leave } = shown((): Query<'tags'> => query('tags', () => ({})));
		await vi.waitFor(() => expect(value.problem?.code).toBe('disk_full'));
		expect(value.waiting).toBe(false);
		leave();
	});
});

describe('a change', () => {
	it('makes stale what is made of it and nothing else', () => {
		expect(isStale({ kind: 'ticket', ticket: '1' }, 'conversation', { ticket: '1' })).toBe(true);
		expect(isStale({ kind: 'ticket', ticket: '1' }, 'conversation', { ticket: '2' })).toBe(false);
		expect(isStale({ kind: 'lists' }, 'tickets', { scope: { kind: 'search', query: '' }, after: null, limit: 1 })).toBe(true);
		expect(isStale({ kind: 'lists' }, 'settings', {})).toBe(false);
	});
});

describe('a call', () => {
	it('that fails throws the problem it carries', async () => {
		await expect(call('conversation', { ticket: 'nobody' })).rejects.toMatchObject({ problem: { code: 'not_found' } });
		await expect(call('conversation', { ticket: 'nobody' })).rejects.toBeInstanceOf(CallError);
	});
});
