/**
 * What is offered under the field: while it is empty, what was searched for lately and what can be typed; while something is typed, what
 * may stand where the cursor is, and the customers meant by plain words. Nothing is chosen by itself, so that Enter always searches
 * for what was typed. Answers that come late are dropped.
 */
import { call } from '../../api/client';
import type { Completion, Completions, Person } from '../../api/generated';
import { nameIn, replaced } from './terms';
import { KEYS } from './tokens';

/** The list is asked first; what is offered can wait for it. */
const BREATH_MS = 70;
/** While a word is typed, the rest of the window is worth more than a long list. */
const MOST_BY_WORD = 6;
const MOST_PEOPLE = 5;
const MOST_RECENT = 8;

export type Choice = { id: string } & (
	| { kind: 'recent'; text: string }
	| { kind: 'forget' }
	| { kind: 'hint'; shown: string; typed: string }
	| { kind: 'completion'; option: Completion; key: string }
	| { kind: 'person'; person: Person }
);

interface Offered {
	text: string;
	completions: Completions | undefined;
	people: Person[];
}

const NOTHING: Offered = { text: '', completions: undefined, people: [] };

export class Menu {
	/** Whether it may be shown: not after Enter or Escape, until something is typed again. */
	open = $state(false);
	chosen = $state<string>();
	#offered = $state.raw<Offered>(NOTHING);
	#round = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#answering: Promise<void> | undefined;

	/** What is offered for this text. */
	choices(text: string, recent: string[]): Choice[] {
		return text.trim() === '' ? atFirst(recent) : offeredFor(this.#offered);
	}

	/** Whether what is offered was asked for this very text, and not for the one before it. */
	fits(text: string): boolean {
		return this.#offered.text === text;
	}

	get completions(): Completions | undefined {
		return this.#offered.completions;
	}

	/** Asks what may stand at this place (in characters), a breath later. What was offered before stays until then. */
	ask(text: string, at: number): void {
		const round = ++this.#round;
		clearTimeout(this.#timer);
		this.open = true;
		this.chosen = undefined;
		if (text.trim() === '' || /(^|\s)$/u.test([...text].slice(0, at).join(''))) {
			this.#offered = NOTHING;
			this.#answering = undefined;
			return;
		}
		this.#answering = new Promise((done) => {
			this.#timer = setTimeout(() => void this.#answer(text, at, () => round === this.#round).finally(done), BREATH_MS);
		});
	}

	async #answer(text: string, at: number, current: () => boolean): Promise<void> {
		const name = nameIn(text, at);
		const [completions, people] = await Promise.all([
			call('complete', { query: text, at }).catch(() => undefined),
			name === '' ? [] : call('people', { text: name }).catch(() => []),
		]);
		if (!current()) return;
		this.#offered = { text, completions, people };
		this.#answering = undefined;
	}

	/** The first completion of what is typed, waited for when it is on its way. */
	async first(text: string): Promise<Completion | undefined> {
		await this.#answering;
		const [choice] = this.fits(text) ? offeredFor(this.#offered) : [];
		return choice?.kind === 'completion' ? choice.option : undefined;
	}

	get answering(): boolean {
		return this.#answering !== undefined;
	}

	/** Goes up or down among the choices; beyond either end nothing is chosen. */
	move(step: 1 | -1, choices: Choice[]): void {
		const at = choices.findIndex((choice) => choice.id === this.chosen);
		const to = at < 0 ? (step > 0 ? 0 : choices.length - 1) : at + step;
		this.chosen = choices[to]?.id;
	}

	close(): void {
		this.#round += 1;
		clearTimeout(this.#timer);
		this.#answering = undefined;
		this.#offered = NOTHING;
		this.open = false;
		this.chosen = undefined;
	}
}

function atFirst(recent: string[]): Choice[] {
	const searches = recent.slice(0, MOST_RECENT).map((text, at): Choice => ({ id: `recent-${at}`, kind: 'recent', text }));
	const hints: Choice[] = [
		...KEYS.map((key): Choice => ({ id: `hint-${key}`, kind: 'hint', shown: `${key}:`, typed: `${key}:` })),
		{ id: 'hint-phrase', kind: 'hint', shown: '"…"', typed: '"' },
		{ id: 'hint-not', kind: 'hint', shown: '-…', typed: '-' },
	];
	return [...searches, ...(searches.length > 0 ? [{ id: 'forget', kind: 'forget' } as const] : []), ...hints];
}

function offeredFor({ text, completions, people }: Offered): Choice[] {
	if (completions === undefined) return [];
	const typed = replaced(text, completions);
	const before = [...text].slice(0, completions.from).join('');
	const key = /([a-z]+)[:：]$/iu.exec(before)?.[1]?.toLowerCase() ?? '';
	const inWord = key === '';
	const options = completions.options
		// People are offered by themselves where plain words are typed.
		.filter((option) => option.text !== typed && !(inWord && option.kind === 'person'))
		.slice(0, inWord ? MOST_BY_WORD : undefined)
		.map((option, at): Choice => ({ id: `completion-${at}`, kind: 'completion', option, key: key || (/^[a-z]+(?=:)/u.exec(option.text)?.[0] ?? '') }));
	return [...options, ...people.slice(0, MOST_PEOPLE).map((person): Choice => ({ id: `person-${person.customer}`, kind: 'person', person }))];
}
