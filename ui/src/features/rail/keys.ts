/** Arrows, Home and End through the rail. Only one of its rows can be tabbed to: the one that was walked to, or else the view that is shown. */

const ROWS = '.nav-row';

export function walk(rail: HTMLElement): () => void {
	let last: Element | null = null;
	const rows = (): HTMLElement[] => [...rail.querySelectorAll<HTMLElement>(ROWS)];

	function settle(): void {
		const all = rows();
		const stop = all.find((row) => row === last) ?? all.find((row) => row.hasAttribute('aria-current')) ?? all[0];
		for (const row of all) {
			const index = row === stop ? 0 : -1;
			if (row.getAttribute('tabindex') !== String(index)) row.tabIndex = index;
		}
	}

	function key(event: KeyboardEvent): void {
		const at = rows().findIndex((row) => row === document.activeElement);
		const to = at < 0 ? undefined : next(event.key, at, rows().length);
		if (to === undefined || event.defaultPrevented) return;
		event.preventDefault();
		rows()[to]?.focus();
	}

	function focus(event: FocusEvent): void {
		const row = event.target instanceof Element ? event.target.closest(ROWS) : null;
		if (row === null) return;
		last = row;
		settle();
	}

	function leave(event: FocusEvent): void {
		if (event.relatedTarget instanceof Node && rail.contains(event.relatedTarget)) return;
		last = null;
		settle();
	}

	const changes = new MutationObserver(settle);
	changes.observe(rail, { childList: true, subtree: true, attributes: true, attributeFilter: ['aria-current'] });
	rail.addEventListener('keydown', key);
	rail.addEventListener('focusin', focus);
	rail.addEventListener('focusout', leave);
	settle();
	return () => {
		changes.disconnect();
		rail.removeEventListener('keydown', key);
		rail.removeEventListener('focusin', focus);
		rail.removeEventListener('focusout', leave);
	};
}

function next(key: string, at: number, count: number): number | undefined {
	switch (key) {
		case 'ArrowDown':
			return Math.min(at + 1, count - 1);
		case 'ArrowUp':
			return Math.max(at - 1, 0);
		case 'Home':
			return 0;
		case 'End':
			return count - 1;
		default:
			return undefined;
	}
}
