/** The list that the window's own address asks for. */
import type { Scope } from '../../api/generated';

/** `?show=` with a scope as JSON; nothing for anything else. */
export function askedScope(search: string): Scope | undefined {
	const asked = new URLSearchParams(search).get('show');
	if (asked === null) return undefined;
	try {
		const scope = JSON.parse(asked) as Scope;
		return scope?.kind === 'figure' ? scope : undefined;
	} catch {
		return undefined;
	}
}
