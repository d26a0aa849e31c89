/**
 * How far a list is scrolled when it is longer than a web view can lay out. Beyond 33 million pixels nothing is laid out, and half of that
 * is already drawn inexactly, so a taller list gets a bar of this height: near steps move its rows pixel by pixel, a leap of the bar goes
 * to the same part of the list. Pure.
 */
export const TALLEST = 8_000_000;

export interface Extent {
	/** The height of all rows. */
	all: number;
	/** What is in view of it. */
	view: number;
}

/** The height the bar is given. */
export const barHeight = ({ all }: Extent): number => Math.min(all, TALLEST);

/** Where the bar stands when the list is scrolled to `top`. */
export function barAt({ all, view }: Extent, top: number): number {
	if (all <= TALLEST) return top;
	return (top / Math.max(1, all - view)) * (TALLEST - view);
}

/** Where the list is scrolled to after the bar went from one place to another. */
export function topAfter(extent: Extent, top: number, from: number, to: number): number {
	const { all, view } = extent;
	if (all <= TALLEST) return to;
	const leapt = Math.abs(to - from) > 3 * view;
	const next = leapt ? (to / Math.max(1, TALLEST - view)) * (all - view) : top + to - from;
	return Math.max(0, Math.min(next, all - view));
}

/** Whether the bar is at an end before the list is, so that it must be set right. */
export function atWrongEnd(extent: Extent, top: number, bar: number): boolean {
	const { all, view } = extent;
	if (all <= TALLEST) return false;
	const atEnd = bar < view || bar > TALLEST - 2 * view;
	return atEnd && Math.abs(barAt(extent, top) - bar) > 1;
}
