import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

type Catalogue = Record<string, unknown>;

const folder = join(process.cwd(), 'messages');
const read = (locale: string, area: string): Catalogue => JSON.parse(readFileSync(join(folder, locale, area), 'utf8')) as Catalogue;
const areas = readdirSync(join(folder, 'en'));
const inputs = (message: unknown): string[] => [...new Set([...JSON.stringify(message).matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ''))].sort();

describe.each(areas)('the catalogue %s', (area) => {
	const en = read('en', area);
	const zh = read('zh-CN', area);

	it('says everything in both languages', () => {
		expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
	});

	it('uses no input in Chinese that English does not have', () => {
		for (const key of Object.keys(zh)) {
			const declared = JSON.stringify(en[key]).match(/input \w+/g)?.map((input) => input.slice(6)) ?? [];
			expect([...inputs(en[key]), ...declared], key).toEqual(expect.arrayContaining(inputs(zh[key])));
		}
	});
});

it('no message has the same name in two catalogues', () => {
	const names = areas.flatMap((area) => Object.keys(read('en', area)).filter((key) => key !== '$schema'));
	expect(names.length).toBe(new Set(names).size);
});
