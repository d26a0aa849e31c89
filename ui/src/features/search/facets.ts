/** Which parts of what was found are worth a press. Pure. */
import type { Facet, FacetKind, Facets } from '../../api/generated';
import { hasTerm, termsOf, type Term } from './terms';

export const KINDS: FacetKind[] = ['status', 'tag', 'lang', 'channel', 'source', 'from'];
const MOST: Record<FacetKind, number> = { status: 3, tag: 6, lang: 4, channel: 4, source: 4, from: 3 };

/** Those that divide what was found, by kind; a sender only when they wrote more than once. */
export function dividing({ tickets, facets }: Facets, query: string): Facet[] {
	const worth = facets.filter(
		(facet) => facet.tickets > 0 && facet.tickets < tickets && (facet.kind !== 'from' || facet.tickets > 1) && !hasTerm(query, facet.term),
	);
	return KINDS.flatMap((kind) => worth.filter((facet) => facet.kind === kind).slice(0, MOST[kind]));
}

/** The terms of the search that a press on a part could have put there. */
export const chosenIn = (query: string): (Term & { key: FacetKind })[] =>
	termsOf(query).filter((term): term is Term & { key: FacetKind } => (KINDS as string[]).includes(term.key));
