/** Keeps the identity of whatever did not change, so that an answer that says the same again redraws nothing. */

/** `next`, with every part that equals its counterpart in `old` replaced by that very object. */
export function share<T>(old: unknown, next: T): T {
	if (Object.is(old, next)) return next;
	if (Array.isArray(next)) return (Array.isArray(old) ? shareArray(old, next) : next) as T;
	if (isRecord(next) && isRecord(old)) return shareRecord(old, next) as T;
	return next;
}

/** List items are matched by their id where they have one, so that a shifted list keeps its rows. */
function shareArray(old: unknown[], next: unknown[]): unknown[] {
	const byId = new Map(old.map((item, place) => [idOf(item) ?? place, item]));
	const shared = next.map((item, place) => share(byId.get(idOf(item) ?? place), item));
	const same = shared.length === old.length && shared.every((item, place) => item === old[place]);
	return same ? old : shared;
}

function shareRecord(old: Record<string, unknown>, next: Record<string, unknown>): Record<string, unknown> {
	const names = Object.keys(next);
	const shared = Object.fromEntries(names.map((name) => [name, share(old[name], next[name])]));
	const same = names.length === Object.keys(old).length && names.every((name) => name in old && shared[name] === old[name]);
	return same ? old : shared;
}

function idOf(item: unknown): string | undefined {
	if (!isRecord(item)) return undefined;
	if (typeof item.id === 'string') return item.id;
	return idOf(item.row) ?? idOf(item.message);
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
