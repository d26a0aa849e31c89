/**
 * The search as one types: the list follows each key; leaving goes back to the view and the ticket where it began.
 * What was searched for is kept by the desk, with the workspace, and only when it led somewhere.
 */
import { call } from '../../api/client';
import type { CustomerId, Scope, TicketId } from '../../api/generated';
import { desk, sameScope, standard } from '../../shared/desk.svelte';
import { attempt } from '../../shared/toasts.svelte';

/** Of letters typed faster than this the first is searched for at once and the last; those between would be gone before they were read. */
const BREATH_MS = 50;

export class Search {
	text = $state('');
	/** What was searched for lately, newest first. */
	recent = $state.raw<string[]>([]);
	#back: { scope: Scope; ticket: TicketId | undefined } | undefined;
	/** The customer somebody came to from here. */
	#went: Scope | undefined;
	#kept = '';
	#timer: ReturnType<typeof setTimeout> | undefined;
	#ran = -BREATH_MS;

	/** Takes what is in the field now. */
	type(text: string): void {
		this.text = text;
		this.#rest();
		if (text.trim() === '') return this.#return();
		const since = performance.now() - this.#ran;
		if (since >= BREATH_MS) this.run();
		else this.#timer = setTimeout(() => this.run(), BREATH_MS - since);
	}

	/** Searches for letters still held back: whoever leaves the field means all that stands in it. */
	settle(): void {
		if (this.#timer !== undefined) this.run();
	}

	/** Nothing more is searched for: the window goes. */
	stop(): void {
		this.#rest();
	}

	#rest(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
	}

	/** Searches at once. */
	run(text = this.text): void {
		this.#rest();
		this.text = text;
		if (text.trim() === '') return this.#return();
		this.#ran = performance.now();
		this.#begin();
		desk.goTo({ kind: 'search', query: text });
	}

	/** Shows a customer's tickets instead of what their name would find. */
	showCustomer(customer: CustomerId): void {
		this.#rest();
		this.#begin();
		this.text = '';
		this.#went = { kind: 'customer', customer };
		desk.goTo(this.#went);
	}

	#begin(): void {
		if (desk.scope.kind !== 'search' && !this.#isThere()) this.#back = { scope: desk.scope, ticket: desk.ticket };
	}

	#isThere(): boolean {
		return this.#went !== undefined && sameScope(this.#went, desk.scope);
	}

	/** Asks what was searched for lately. */
	async load(): Promise<void> {
		try {
			this.recent = await call('recent_searches', {});
		} catch {
			// Offered where it can be; the search itself says what is wrong with the desk.
			this.recent = [];
		}
	}

	/** A search that led somewhere is worth offering again, if it can be read. */
	async keep(): Promise<void> {
		const query = this.text.trim();
		if (query === '' || query === this.#kept) return;
		this.#kept = query;
		try {
			await call('check_query', { query });
			await call('keep_search', { query });
		} catch {
			// Nothing is lost by a search that is not offered again.
			this.#kept = '';
		}
	}

	/** Forgets one search, or all. */
	async forget(query: string | null): Promise<void> {
		this.#kept = '';
		await attempt(() => call('forget_searches', { query }));
		await this.load();
	}

	/** Leaves the search for where it began; answers whether there was one to leave. */
	leave(): boolean {
		const searching = this.text !== '' || desk.scope.kind === 'search' || this.#isThere();
		this.#rest();
		this.text = '';
		this.#return();
		return searching;
	}

	/** Somebody went to a view without leaving the search first. */
	abandon(): void {
		this.#rest();
		this.text = '';
		this.#back = undefined;
		this.#went = undefined;
	}

	#return(): void {
		if (desk.scope.kind !== 'search' && !this.#isThere()) return;
		desk.goTo(this.#back?.scope ?? standard('open'));
		desk.open(this.#back?.ticket);
		this.#back = undefined;
		this.#went = undefined;
	}
}
