import { describe, expect, it } from 'vitest';
import type { View } from '../../api/generated';
import { folderNames, folders } from './tree';

const view = (name: string, folder = ''): View => ({
	id: { kind: 'saved', view: name }, name, folder, query: 'is:vip', look: { sort: 'newest', columns: [] }, sorts: [], tickets: 0, unread: 0, counted: null, problem: null,
});
const shape = (views: View[]): string => folders(views).map(({ name, views }) => `${name}(${views.map((one) => one.name).join(' ')})`).join(' ');

describe('the tree of views', () => {
	it('begins with the views in no folder, then has the folders by name', () => {
		expect(shape([view('b', 'Z'), view('c'), view('a', 'M'), view('a')])).toBe('(a c) M(a) Z(b)');
	});

	it('counts numbers in names as numbers and orders Chinese by its sound', () => {
		const names = folders([view('退款'), view('发票'), view('v10'), view('v9')])[0]?.views.map((one) => one.name) ?? [];
		expect(names.indexOf('v9')).toBeLessThan(names.indexOf('v10'));
		expect(names.indexOf('发票')).toBeLessThan(names.indexOf('退款'));
	});

	it('has no folder where there is no view, and leaves other views out', () => {
		const standard: View = { ...view(''), id: { kind: 'standard', view: 'open' } };
		expect(folderNames([standard, view('a')])).toEqual([]);
		expect(shape([standard])).toBe('()');
	});
});
