/** Questions asked before anybody wants their answers: who gets them, and how often. */
import { beforeEach, describe, expect, it } from 'vitest';
import { usePlatform } from '../platform';
import { FakeDesk, problem } from '../shared/testing/fakeDesk';
import { askAhead } from './ahead';
import { call } from './client';

let fake: FakeDesk;
const asked = (): string[] => fake.calls.map(({ name }) => name);

beforeEach(() => {
	fake = new FakeDesk();
	usePlatform(fake);
});

describe('a question asked ahead', () => {
	it('answers the first who asks the same, and no later one', async () => {
		askAhead('views', {});
		await call('views', {});
		expect(asked()).toEqual(['views']);
		await call('views', {});
		expect(asked()).toEqual(['views', 'views']);
	});

	it('answers nobody who asks something else', async () => {
		askAhead('tickets', { scope: { kind: 'search', query: 'kettle' }, after: null, limit: 60 });
		await call('tickets', { scope: { kind: 'search', query: 'kettle' }, after: null, limit: 8 });
		expect(asked()).toEqual(['tickets', 'tickets']);
	});

	it('tells whoever takes it why there is no answer', async () => {
		fake.answer('views', () => {
			throw problem('workspace_damaged', {});
		});
		askAhead('views', {});
		await expect(call('views', {})).rejects.toMatchObject({ problem: { code: 'workspace_damaged' } });
	});
});
