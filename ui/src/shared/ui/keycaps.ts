/** How the keys are called on this machine. */

export const isMac = /mac/i.test(globalThis.navigator?.platform ?? '');

const caps: Record<string, string> = {
	mod: isMac ? '⌘' : 'Ctrl',
	shift: '⇧',
	enter: '⏎',
	escape: 'Esc',
	arrowdown: '↓',
	arrowup: '↑',
	home: 'Home',
	end: 'End',
};

/** `mod+k` → `Ctrl`, `K`; `g o` → `G`, `O`. */
export function keyCaps(keys: string): string[] {
	return keys
		.split(/[\s]+|(?<=.)\+/)
		.filter((key) => key !== '')
		.map((key) => caps[key.toLowerCase()] ?? (key.length === 1 ? key.toUpperCase() : key));
}
