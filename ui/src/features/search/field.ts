/** What the keys and presses do in the search field: in what is offered while something there is chosen, else with what was typed. */
import { tick } from 'svelte';
import type { Completion, Person } from '../../api/generated';
import { composing } from '../../shared/composing';
import { desk } from '../../shared/desk.svelte';
import { Menu, type Choice } from './menu.svelte';
import type { Search } from './search.svelte';
import { completed, hasMore, withSender } from './terms';

const characters = (text: string, units: number): number => [...text.slice(0, units)].length;

export class Field {
	readonly menu = new Menu();
	readonly #search: Search;
	readonly #input: () => HTMLInputElement | undefined;
	readonly #choices: () => Choice[];

	constructor(search: Search, input: () => HTMLInputElement | undefined, choices: () => Choice[]) {
		[this.#search, this.#input, this.#choices] = [search, input, choices];
	}

	/** What an input method composes is shown, and is nothing to search for until it is settled. */
	input(event: Event): void {
		if (event instanceof InputEvent && event.isComposing) this.#search.text = this.#input()?.value ?? '';
		else this.typed();
	}

	typed(): void {
		const input = this.#input();
		if (input === undefined) return;
		this.#search.type(input.value);
		this.menu.ask(input.value, characters(input.value, input.selectionStart ?? input.value.length));
	}

	key(event: KeyboardEvent): void {
		if (composing(event)) return;
		const choices = this.#choices();
		const chosen = choices.find((choice) => choice.id === this.menu.chosen);
		if (event.key === 'Escape') return this.#escape(event);
		if (event.key === 'Tab') return this.#tab(event, chosen);
		if (event.key === 'Delete' && chosen?.kind === 'recent') void this.#search.forget(chosen.text);
		else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && choices.length > 0) this.menu.move(event.key === 'ArrowDown' ? 1 : -1, choices);
		else if (event.key === 'Enter' && chosen !== undefined) this.take(chosen);
		else if (event.key === 'Enter' || event.key === 'ArrowDown') this.#enter(event.key === 'Enter');
		else return;
		event.preventDefault();
	}

	/** First back out of what is offered, then out of the search. */
	#escape(event: KeyboardEvent): void {
		const inMenu = this.menu.chosen !== undefined;
		this.menu.close();
		if (inMenu) return event.stopPropagation();
		if (this.#search.leave()) event.stopPropagation();
		// The list may have no rows to take the focus: the field must not keep it, or the next key would be typed.
		this.#input()?.blur();
		desk.list?.focus();
	}

	/** Completes what is typed; with nothing to complete it goes on as ever. */
	#tab(event: KeyboardEvent, chosen: Choice | undefined): void {
		const { text } = this.#search;
		if (event.shiftKey || text.trim() === '') return;
		if (chosen === undefined && !this.menu.answering && this.#choices()[0]?.kind !== 'completion') return;
		event.preventDefault();
		if (chosen !== undefined) return this.take(chosen);
		void this.menu.first(text).then((option) => option && this.#search.text === text && this.#complete(option));
	}

	take(choice: Choice): void {
		if (choice.kind === 'hint') this.#put(choice.typed);
		else if (choice.kind === 'forget') void this.#search.forget(null);
		else if (choice.kind === 'recent') {
			this.menu.close();
			this.#search.run(choice.text);
			void this.#search.keep();
		} else if (!this.menu.fits(this.#search.text)) this.#enter(true);
		else if (choice.kind === 'completion') this.#complete(choice.option);
		else this.#takePerson(choice.person);
	}

	#complete(option: Completion): void {
		if (this.menu.completions === undefined) return;
		const { text, at } = completed(this.#search.text, this.menu.completions, option);
		this.#put(text, at);
	}

	/** All of a customer's tickets, whatever address they wrote from; where more was asked for, those among what that finds. */
	#takePerson({ customer, email }: Person): void {
		if (hasMore(this.#search.text)) return this.#put(withSender(this.#search.text, email));
		this.menu.close();
		this.#search.showCustomer(customer);
		desk.list?.focus();
	}

	/** Puts a text into the field with the cursor at a place, as if it had been typed. */
	#put(text: string, at = text.length): void {
		this.#search.type(text);
		this.menu.close();
		void tick().then(() => {
			const input = this.#input();
			input?.focus();
			input?.setSelectionRange(at, at);
			this.menu.ask(text, characters(text, at));
		});
	}

	/** From the field into what was found: Enter opens the first, the arrow only goes there. */
	#enter(open: boolean): void {
		this.menu.close();
		this.#search.run();
		if (open) void this.#search.keep();
		if (open || desk.list === undefined) desk.list?.first();
		desk.list?.focus();
	}
}
