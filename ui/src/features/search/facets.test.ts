import { expect, it } from 'vitest';
import type { Facet, Facets } from '../../api/generated';
import { chosenIn, dividing } from './facets';

const facet = (kind: Facet['kind'], label: string, tickets: number): Facet => ({ kind, label, term: `${kind}:${label}`, tickets });
const of = (tickets: number, ...facets: Facet[]): Facets => ({ tickets, all: true, facets });
const terms = (facets: Facets, query = ''): string[] => dividing(facets, query).map(({ term }) => term);

it('what holds for all that was found, or for none of it, is no part of it', () => {
	expect(terms(of(9, facet('status', 'open', 9), facet('lang', 'zh', 4), facet('lang', 'en', 5), facet('tag', 'late', 0)))).toEqual(['lang:zh', 'lang:en']);
});

it('a sender who wrote once is no part worth a press', () => {
	expect(terms(of(9, facet('from', 'a@x', 1), facet('from', 'b@x', 3)))).toEqual(['from:b@x']);
});

it('what the search asks for already is not offered again', () => {
	expect(terms(of(9, facet('tag', 'late', 5), facet('tag', 'new', 4)), 'tag:late x')).toEqual(['tag:new']);
	expect(chosenIn('tag:late -lang:zh waiting:>2h x').map(({ text }) => text)).toEqual(['tag:late', '-lang:zh']);
});

it('no kind takes all the room', () => {
	const many = Array.from({ length: 40 }, (_, at) => facet('tag', `t${at}`, 40 - at));
	expect(terms(of(99, ...many)).length).toBeLessThanOrEqual(8);
});
