/** The lists looked at lately, so that going back finds a list where it was. */
import type { Scope, View } from '../../api/generated';
import { TicketList } from './ticketList.svelte';

const KEPT = 8;

export class Lists {
	#kept = new Map<string, TicketList>();

	/** The list of a scope; another order or another question is another list. */
	of(scope: Scope, view: View | undefined): TicketList {
		const key = JSON.stringify([scope, view?.look.sort ?? 'newest', scope.kind === 'view' && scope.view.kind === 'saved' ? view?.query : '']);
		const list = this.#kept.get(key) ?? new TicketList(scope);
		this.#kept.delete(key);
		this.#kept.set(key, list);
		for (const old of this.#kept.keys()) {
			if (this.#kept.size <= KEPT) break;
			this.#kept.delete(old);
		}
		return list;
	}

	markStale(): void {
		for (const list of this.#kept.values()) list.markStale();
	}
}
