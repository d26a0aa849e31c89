/** Which folders of the rail are folded, kept on this machine. */
const KEY = 'foredeck.folded';

function kept(): string[] {
	try {
		const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
		return Array.isArray(found) ? found.filter((one): one is string => typeof one === 'string') : [];
	} catch {
		return [];
	}
}

let names = $state.raw(kept());

export const isFolded = (folder: string): boolean => names.includes(folder);

export function fold(folder: string, folded: boolean): void {
	names = folded ? [...names.filter((one) => one !== folder), folder] : names.filter((one) => one !== folder);
	try {
		localStorage.setItem(KEY, JSON.stringify(names));
	} catch {
		// A store that is full or forbidden costs only the memory of it.
	}
}
