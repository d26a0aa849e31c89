/**
 * The search as one types: a breath after each key the list follows; leaving goes back to the view and the ticket where it began.
 * What was searched for lately is kept in memory only, because it may hold a customer's words.
 */
import type { Scope, TicketId } from '../../api/generated';
import { desk, standard } from '../../shared/desk.svelte';

const BREATH_MS = 50;
const RECENT = 8;

export class Search {
	text = $state('');
	recent = $state.raw<string[]>([]);
	#back: { scope: Scope; ticket: TicketId | undefined } | undefined;
	#timer: ReturnType<typeof setTimeout> | undefined;

	/** Takes what is in the field now. */
	type(text: string): void {
		this.text = text;
		clearTimeout(this.#timer);
		if (text.trim() === '') return this.#return();
		this.#timer = setTimeout(() => this.run(), BREATH_MS);
	}

	/** Searches at once. */
	run(text = this.text): void {
		clearTimeout(this.#timer);
		this.text = text;
		if (text.trim() === '') return;
		if (desk.scope.kind !== 'search') this.#back = { scope: desk.scope, ticket: desk.ticket };
		desk.goTo({ kind: 'search', query: text });
	}

	/** A search that led somewhere is worth offering again. */
	keep(): void {
		const text = this.text.trim();
		if (text !== '' && desk.queryProblem === undefined) this.recent = [text, ...this.recent.filter((one) => one !== text)].slice(0, RECENT);
	}

	/** Leaves the search for where it began; answers whether there was one to leave. */
	leave(): boolean {
		const searching = this.text !== '' || desk.scope.kind === 'search';
		clearTimeout(this.#timer);
		this.keep();
		this.text = '';
		this.#return();
		return searching;
	}

	/** Somebody went to a view without leaving the search first. */
	abandon(): void {
		clearTimeout(this.#timer);
		this.keep();
		this.text = '';
		this.#back = undefined;
	}

	#return(): void {
		if (desk.scope.kind !== 'search') return;
		desk.goTo(this.#back?.scope ?? standard('open'));
		desk.open(this.#back?.ticket);
		this.#back = undefined;
	}
}
