/**
 * The places a search found in the open ticket, in the order they stand, and which of them is looked at. What is marked is read from
 * what is drawn, so that folded, cut and formatted texts count as far as they are open.
 */

/** Where the frame of a formatted letter says its marks are: pixels from its top. */
export const TOPS = 'tops';

interface Place {
	element: HTMLElement;
	/** Within the element. */
	top: number;
}

class Found {
	count = $state(0);
	/** Counted from 0; -1 before any was looked at. */
	at = $state(-1);
	#places: Place[] = [];
	#content: HTMLElement | undefined;
	#show: (element: HTMLElement, top: number) => void = () => undefined;
	#observer: MutationObserver | undefined;
	#counting = 0;

	/** Counts in this conversation from now on; answers how to stop. `show` brings a place into view. */
	watch(content: HTMLElement, show: (element: HTMLElement, top: number) => void): () => void {
		this.#content = content;
		this.#show = show;
		this.at = -1;
		this.#observer = new MutationObserver(() => {
			cancelAnimationFrame(this.#counting);
			this.#counting = requestAnimationFrame(() => this.recount());
		});
		this.#observer.observe(content, { subtree: true, childList: true, attributeFilter: [`data-${TOPS}`] });
		this.recount();
		return () => {
			cancelAnimationFrame(this.#counting);
			this.#observer?.disconnect();
			this.#places[this.at]?.element.removeAttribute('data-current');
			this.#content = undefined;
			this.#places = [];
			this.count = 0;
			this.at = -1;
		};
	}

	/** Counts anew; what is looked at stays so. */
	recount(): void {
		const current = this.#places[this.at];
		this.#places = [...(this.#content?.querySelectorAll<HTMLElement>(`mark, iframe[data-${TOPS}]`) ?? [])].flatMap(placesIn);
		this.count = this.#places.length;
		const still = current === undefined ? -1 : this.#places.findIndex(({ element, top }) => element === current.element && near(top, current.top));
		if (current !== undefined && still < 0) current.element.removeAttribute('data-current');
		this.at = still;
	}

	/** Looks at the first place in the newest message that has one; answers whether there is one. */
	begin(): boolean {
		const last = this.#places.at(-1)?.element.closest('[data-message]');
		if (last == null) return false;
		this.#go(this.#places.findIndex(({ element }) => last.contains(element)));
		return true;
	}

	next(): void {
		if (this.count > 0) this.#go((this.at + 1) % this.count);
	}

	previous(): void {
		if (this.count > 0) this.#go((Math.max(this.at, 0) - 1 + this.count) % this.count);
	}

	#go(at: number): void {
		this.#places[this.at]?.element.removeAttribute('data-current');
		this.at = at;
		const place = this.#places[at];
		if (place === undefined) return;
		place.element.setAttribute('data-current', '');
		this.#show(place.element, place.top);
	}
}

function placesIn(element: HTMLElement): Place[] {
	const tops = element.dataset[TOPS];
	if (tops === undefined) return [{ element, top: 0 }];
	return tops.split(' ').filter((top) => top !== '').map((top) => ({ element, top: Number(top) }));
}

/** A letter whose pictures come in moves its marks a little. */
const near = (a: number, b: number): boolean => Math.abs(a - b) < 8;

export const found = new Found();
