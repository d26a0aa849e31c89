/** From a number to the tickets behind it, in the agent's window. */
import { call } from '../../api/client';
import type { Figure, TicketId } from '../../api/generated';
import * as platform from '../../platform';
import { attempt } from '../../shared/toasts.svelte';

export function openFigure(figure: Figure): void {
	void attempt(async () => {
		platform.bringAgent({ kind: 'figure', figure });
		await call('show_list', { scope: { kind: 'figure', figure } });
	});
}

export function openTicket(ticket: TicketId): void {
	void attempt(async () => {
		platform.bringAgent(undefined);
		await call('show_ticket', { ticket });
	});
}
