/** Something a person can do by a key or by its name. Lists of them are made by the window; keys, palette and keys page only read them. */

export type Group = 'move' | 'change' | 'go' | 'find';

export interface Command {
	id: string;
	group: Group;
	title: () => string;
	/** Ways to press it, the first one is shown: `j`, `mod+k`, `g o`. None: only by its name. */
	keys: string[];
	/** Whether it can be done now. */
	when?: () => boolean;
	run: () => unknown;
	/** Moving about makes no sense in a list of names. */
	unnamed?: boolean;
	/** Also while something is typed in a field. */
	anywhere?: boolean;
}

export const possible = (command: Command): boolean => command.when?.() ?? true;
