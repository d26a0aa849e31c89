/** The desk over loopback HTTP: a cookie from the first address authenticates, events come as a stream. */
import type { DeskEvent, OutgoingAttachment, Problem, TicketId } from '../api/generated';
import type { FileToAttach, Platform } from './types';

/** The names of the two tabs, by which each finds the other. */
const AGENT = 'foredeck-agent';
const DASHBOARD = 'foredeck-dashboard';

export function browser(): Platform {
	const dashboard = new URLSearchParams(location.search).get('window') === 'dashboard';
	window.name = dashboard ? DASHBOARD : AGENT;
	return {
		kind: 'browser',
		call,
		listen,
		letterBase: '/letter/',
		pickArchive: undefined,
		async openLink(url) {
			window.open(url, '_blank', 'noopener,noreferrer');
		},
		windowTitle(title) {
			document.title = title;
		},
		attach,
		bringAgent(scope) {
			const tab = window.open('', AGENT);
			// A tab that was not there is empty, and has heard of nothing yet.
			if (tab?.location.href === 'about:blank') tab.location.href = scope === undefined ? '/' : `/?show=${encodeURIComponent(JSON.stringify(scope))}`;
		},
		openDashboard() {
			const tab = window.open('', DASHBOARD);
			if (tab?.location.href === 'about:blank') tab.location.href = '/?window=dashboard';
		},
	};
}

async function call(name: string, args: object): Promise<unknown> {
	const response = await fetch('/api/call', {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ name, args }),
	});
	return answerOf(response);
}

async function attach(ticket: TicketId, { name, type, bytes }: FileToAttach, inline: boolean): Promise<OutgoingAttachment> {
	const asked = new URLSearchParams({ ticket, name, type, inline: inline ? '1' : '0' });
	const response = await fetch(`/api/attach?${asked}`, {
		method: 'POST',
		headers: { 'content-type': 'application/octet-stream' },
		body: bytes,
	});
	return (await answerOf(response)) as OutgoingAttachment;
}

async function answerOf(response: Response): Promise<unknown> {
	const body = await response.text();
	if (response.ok) return body === '' ? null : JSON.parse(body);
	throw refusal(response.status, body);
}

/** The problem a refusal carries; a refusal without one is told by its number. */
function refusal(status: number, body: string): Problem {
	try {
		const problem = JSON.parse(body) as Problem;
		if (typeof problem.code === 'string') return { ...problem, params: problem.params ?? {} };
	} catch {
		// Not a problem's JSON: said by the number below.
	}
	return { code: 'internal', params: { status: String(status) }, cause: body === '' ? null : body };
}

function listen(heard: (event: DeskEvent) => void, line: (up: boolean) => void): () => void {
	const stream = new EventSource('/api/events');
	let dropped = false;
	stream.onmessage = (message: MessageEvent<string>) => heard(JSON.parse(message.data) as DeskEvent);
	stream.onerror = () => {
		dropped = true;
		line(false);
	};
	stream.onopen = () => {
		line(true);
		if (dropped) heard({ kind: 'lagged' });
		dropped = false;
	};
	return () => stream.close();
}
