/**
 * What the isolated frame of a letter may tell its parent. Everything it says is a stranger's word:
 * the wrong source, shape or size is ignored, never an error.
 */

export type Told =
	| { kind: 'height'; height: number }
	| { kind: 'link'; href: string; text: string | undefined }
	| { kind: 'key'; init: KeyboardEventInit }
	| { kind: 'marks'; tops: number[] };

export const MIN_HEIGHT = 24;
/** A longer letter scrolls inside its frame. */
export const MAX_HEIGHT = 20_000;

/** As many as the frame marks. */
const MOST_MARKS = 500;

/** Reads a message event if it comes from `frame`; `undefined` for all else. */
export function told(event: MessageEvent<unknown>, frame: Window | null | undefined): Told | undefined {
	if (frame == null || event.source !== frame) return undefined;
	const said = event.data;
	if (typeof said !== 'object' || said === null) return undefined;
	return height(said) ?? link(said) ?? key(said) ?? marks(said);
}

function height(said: object): Told | undefined {
	if (!('height' in said) || typeof said.height !== 'number' || !Number.isFinite(said.height)) return undefined;
	return { kind: 'height', height: Math.min(MAX_HEIGHT, Math.max(MIN_HEIGHT, Math.ceil(said.height))) };
}

/** Where the marks are, from the letter's top. */
function marks(said: object): Told | undefined {
	if (!('marks' in said) || !Array.isArray(said.marks)) return undefined;
	const inside = (top: unknown): top is number => typeof top === 'number' && top >= 0 && top <= MAX_HEIGHT;
	return { kind: 'marks', tops: said.marks.slice(0, MOST_MARKS).filter(inside).map(Math.round) };
}

function link(said: object): Told | undefined {
	if (!('href' in said) || typeof said.href !== 'string' || said.href.length > 8000) return undefined;
	const text = 'text' in said && typeof said.text === 'string' ? said.text.slice(0, 2000) : undefined;
	return { kind: 'link', href: said.href, text };
}

function key(said: object): Told | undefined {
	if (!('key' in said) || typeof said.key !== 'string' || said.key === '' || said.key.length > 20) return undefined;
	const flag = (name: string): boolean => (said as Record<string, unknown>)[name] === true;
	const init = {
		key: said.key,
		code: 'code' in said && typeof said.code === 'string' ? said.code.slice(0, 20) : '',
		ctrlKey: flag('ctrlKey'),
		metaKey: flag('metaKey'),
		shiftKey: flag('shiftKey'),
		altKey: flag('altKey'),
		bubbles: true,
		cancelable: true,
	};
	return { kind: 'key', init };
}

const LINE = 40;
const FAR = 1e9;

/** How far a key scrolls a pane of this height; `undefined` when it scrolls nothing. A letter is as tall as its text, so its pane scrolls for it. */
export function scrollStep({ key, shiftKey, ctrlKey, metaKey, altKey }: KeyboardEventInit, height: number): number | undefined {
	if (ctrlKey || metaKey || altKey) return undefined;
	const page = Math.max(LINE, height - LINE);
	const steps: Record<string, number> = {
		ArrowUp: -LINE, ArrowDown: LINE, PageUp: -page, PageDown: page, Home: -FAR, End: FAR, ' ': shiftKey ? -page : page,
	};
	return steps[key ?? ''];
}
