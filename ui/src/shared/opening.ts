/** What an agent's window begins with: the list it shows first, and what it asks of the desk before anything of it is drawn. */
import { askAhead } from '../api/ahead';
import type { Scope } from '../api/generated';
import { invalidate } from '../api/query.svelte';

export const OPENING: Scope = { kind: 'view', view: { kind: 'standard', view: 'open' } };
/** The first page of a list is what a tall window shows, so that it is there at once. */
export const FIRST_ROWS = 60;

/** A window is drawn and listens by then. */
const LISTENING_MS = 1_000;

export function askOpening(): void {
	askAhead('boot', {});
	askAhead('views', {});
	askAhead('tickets', { scope: OPENING, after: null, limit: FIRST_ROWS });
	// What changed before anybody listened is in none of these answers.
	setTimeout(() => invalidate('all'), LISTENING_MS);
}
