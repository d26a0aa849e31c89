/** The fake desk as an address asks for it: `?fake&zh&dark&compact&n=2000`, `&empty`, `&offline`. */
import type { Boot } from '../../api/generated';
import { FakeDesk, problem } from './fakeDesk';

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
	Object.assign(window, { fake: desk });
	return desk;
}

function bootOf(asked: URLSearchParams): Partial<Boot> {
	if (asked.has('empty')) return { links: [] };
	if (!asked.has('offline')) return {};
	return {
		notifications: problem('notifications_unavailable', {}),
		links: [
			{ source: '1', name: 'care@', phase: { phase: 'offline', retry_at_ms: Date.now() + 40_000 }, as_of_ms: Date.now() - 900_000 },
			{ source: '2', name: 'sales@', phase: { phase: 'stopped', problem: problem('password_refused', { host: 'imap.harbour.example', account: 'sales@' }) }, as_of_ms: null },
		],
	};
}
