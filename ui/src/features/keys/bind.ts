/**
 * Keys to commands. Nothing fires while an input method composes, while somebody types (but for what works anywhere), or while a
 * dialog is open, which has keys of its own. Two-key sequences come first, so that `g o` is not also `o`.
 */
import { createKeybindingsHandler } from 'tinykeys';
import { composing } from '../../shared/composing';
import { possible, type Command } from './command';

type Handler = (event: KeyboardEvent) => void;

/** The answer handles a `keydown` of the window. `busy` says whether a layer over the panes has the keys. */
export function bindKeys(commands: Command[], busy: () => boolean): Handler {
	const pairs = commands.flatMap((command) => command.keys.map((keys) => [keys, command] as const));
	const sequences = handler(pairs.filter(([keys]) => keys.includes(' ')), busy);
	const single = handler(pairs.filter(([keys]) => !keys.includes(' ')), busy);
	return (event) => {
		if (event.defaultPrevented || composing(event)) return;
		sequences(event);
		if (!event.defaultPrevented) single(event);
	};
}

function handler(pairs: (readonly [string, Command])[], busy: () => boolean): Handler {
	const map = pairs.flatMap(([keys, command]) => spellings(keys).map((spelt): [string, Handler] => [spelt, fires(command, busy)]));
	return createKeybindingsHandler(Object.fromEntries(map));
}

function fires(command: Command, busy: () => boolean): Handler {
	return (event) => {
		if (event.defaultPrevented) return;
		if (!command.anywhere && (busy() || hasOwnKeys(event))) return;
		// A key held down moves on and on, but changes one thing once.
		if (event.repeat && command.group === 'change') return;
		if (!possible(command)) return;
		event.preventDefault();
		void command.run();
	};
}

/** A sign may need Shift or not, depending on the keyboard: both are heard. */
function spellings(keys: string): string[] {
	const spelt = keys.replace('mod+', '$mod+');
	return /^[?!.#]$/.test(keys) ? [spelt, `Shift+${spelt}`] : [spelt];
}

const LAYERS = '[role=dialog], [role=alertdialog], [role=menu], [data-popover-content]';
const SCROLLED = 'main, aside, [role=separator], [role=toolbar]';

/** Whether the key belongs to something else: a field that is typed in, a menu that is open, a pane that scrolls. */
function hasOwnKeys({ target, key }: KeyboardEvent): boolean {
	if (takesText(target) || document.querySelector(LAYERS) !== null) return true;
	if (!(target instanceof Element)) return false;
	return /^(Arrow|Home|End|Page)/.test(key) && target.closest(SCROLLED) !== null;
}

const NOT_TEXT = new Set(['checkbox', 'radio', 'button', 'submit', 'range', 'file']);

export function takesText(target: EventTarget | null): boolean {
	if (!(target instanceof HTMLElement)) return false;
	if (target instanceof HTMLInputElement) return !NOT_TEXT.has(target.type);
	return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}
