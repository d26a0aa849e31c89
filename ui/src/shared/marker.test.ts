import { describe, expect, it } from 'vitest';
import { marker } from './marker';

const marked = (text: string, ...words: string[]): string => {
	const found = marker(words);
	return found === undefined ? text : text.replace(found, '[$1]');
};

describe('what a search found', () => {
	it.each([
		['refund', 'refunded refunds prerefund', '[refunded] [refunds] prerefund'],
		['refunded', 'a refund', 'a [refund]'],
		['deliveries', 'delivery delivered', '[delivery] delivered'],
		['delivery', 'deliveries', '[deliveries]'],
		['shipping', 'ship shipped shipment', '[ship] [shipped] shipment'],
		['cups', 'one cup', 'one [cup]'],
		['charged', 'charge charges', '[charge] [charges]'],
		['boxes', 'box', '[box]'],
		['thing', 'th things', 'th [things]'],
	])('%s is marked with the other endings of the word', (word, text, expected) => {
		expect(marked(text, word)).toBe(expected);
	});

	it('a Chinese word is marked anywhere, a Latin one only from its beginning', () => {
		expect(marked('两次退款没到', '退款')).toBe('两次[退款]没到');
		expect(marked('where there', 're')).toBe('where there');
	});

	it('a single letter is a word and not the beginning of every other', () => {
		expect(marked('A-20771 and all', 'a', '20771')).toBe('[A]-[20771] and all');
	});

	it('nothing in a word is a pattern', () => {
		expect(() => marker(['(', '[a', '\\', '*+?', '|'])).not.toThrow();
		expect(marker(['', ' '])).toBeUndefined();
	});
});
