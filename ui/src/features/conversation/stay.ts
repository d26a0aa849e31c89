/**
 * Keeps a conversation where the reader has it while its parts grow: letters that learn their height, earlier messages put on top,
 * new ones at the end. At the newest message it stays there; elsewhere what is being read does not move.
 */

/** This near to the end counts as the end. */
const NEAR = 8;

export class Stay {
	#scroller: HTMLElement;
	#content: HTMLElement;
	/** Follows the newest message until the reader scrolls away. */
	#following = true;
	#held: { element: HTMLElement; offset: number } | undefined;
	/** Where it was put by itself: a scroll that ends there was nobody's. */
	#placed = -1;
	#observer: ResizeObserver | undefined;

	constructor(
		scroller: HTMLElement,
		content: HTMLElement,
		/** Hears whether the newest message is followed. */
		readonly onFollow: (following: boolean) => void,
	) {
		this.#scroller = scroller;
		this.#content = content;
		if (typeof ResizeObserver === 'undefined') return;
		this.#observer = new ResizeObserver(() => this.settle());
		this.#observer.observe(scroller);
		this.#observer.observe(content);
	}

	stop(): void {
		this.#observer?.disconnect();
	}

	/** Goes to the newest message: its end, or its start when it is taller than the pane. */
	follow(): void {
		this.#following = true;
		this.#place(this.#target());
		this.onFollow(true);
	}

	/** Goes to this message instead of the newest, and stays there. */
	show(message: HTMLElement): void {
		this.#following = false;
		this.#held = { element: message, offset: NEAR };
		this.settle();
		this.onFollow(false);
	}

	/** Brings a place in a message into view: with the message's beginning where both fit, else a third down the pane. Stays there. */
	reveal(message: HTMLElement, place: HTMLElement, top: number): void {
		const within = place.getBoundingClientRect().top - message.getBoundingClientRect().top + top;
		const { clientHeight } = this.#scroller;
		this.#following = false;
		this.#held = { element: message, offset: within < clientHeight * 0.7 ? NEAR : clientHeight / 3 - within };
		this.settle();
		this.onFollow(false);
	}

	/** The reader scrolled. */
	scrolled(): void {
		if (this.#scroller.scrollTop !== this.#placed) this.look();
	}

	/** Takes in where the reader is. */
	look(): void {
		const at = this.#scroller.scrollTop;
		this.#placed = -1;
		const end = this.#scroller.scrollHeight - this.#scroller.clientHeight;
		this.#following = end - at < NEAR || Math.abs(at - this.#target()) < NEAR;
		this.#held = this.#following ? undefined : this.#topmost();
		this.onFollow(this.#following);
	}

	/** The content changed its size. */
	settle(): void {
		if (this.#following) this.#place(this.#target());
		else if (this.#held?.element.isConnected) this.#place(this.#held.element.offsetTop - this.#held.offset);
	}

	#place(top: number): void {
		this.#scroller.scrollTop = top;
		this.#placed = this.#scroller.scrollTop;
	}

	/** Holds what is at the top now, before something is put above it. */
	hold(): void {
		this.#following = false;
		this.#held = this.#topmost();
	}

	#target(): number {
		const { scrollHeight, clientHeight } = this.#scroller;
		const newest = [...this.#content.querySelectorAll<HTMLElement>('[data-message]')].at(-1);
		const tall = newest !== undefined && newest.offsetHeight > clientHeight - 2 * NEAR;
		return tall ? newest.offsetTop - NEAR : Math.max(0, scrollHeight - clientHeight);
	}

	/** What stands above the messages is no place to hold on to. */
	#first(): number {
		const first = this.#content.firstElementChild;
		return first instanceof HTMLElement && first.dataset.above !== undefined ? 1 : 0;
	}

	/** The first part that reaches into view: the parts lie in order, so half of them is left with each look. */
	#topmost(): { element: HTMLElement; offset: number } | undefined {
		const parts = this.#content.children;
		const top = this.#scroller.scrollTop;
		let [from, to] = [this.#first(), parts.length - 1];
		while (from < to) {
			const middle = (from + to) >> 1;
			const part = parts[middle] as HTMLElement;
			if (part.offsetTop + part.offsetHeight > top) to = middle;
			else from = middle + 1;
		}
		const element = parts[from];
		return element instanceof HTMLElement ? { element, offset: element.offsetTop - top } : undefined;
	}
}
