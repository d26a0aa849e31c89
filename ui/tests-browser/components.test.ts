/** Every part in every state, as approved: the components page, pictured in its looks and held against the pictures beside this file. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { objections } from './axe';
import type { Box } from './compare';
import { faint } from './contrast';
import { NARROW, startLooks, wholly, type Looks } from './looks';
import { Pictures } from './pictures';

const ROOM = 16;
/** What words stand on. */
const GROUNDS = ['hull', 'deck', 'well', 'raised', 'chip', 'selected', 'checked', 'agent', 'note'].map((name) => `surface-${name}`);
/** What a field, a button or a row may lie on, and so its border and its ring. */
const UNDER = ['hull', 'deck', 'raised', 'note'].map((name) => `surface-${name}`);

let looks: Looks;
let pictures: Pictures;
let page: Page;

/** The pictures are of Linux with Inter, Noto CJK and Noto Emoji; other systems have other faces for Chinese. */
describe.skipIf(process.platform !== 'linux')('the components page', () => {
	beforeAll(async () => {
		looks = await startLooks();
		pictures = new Pictures(await looks.browser.newPage());
		page = await looks.open();
	});
	afterAll(async () => looks?.stop());

	for (const theme of ['light', 'dark']) {
		it(`every part looks as approved, and nothing is too faint: ${theme}`, async () => {
			await turn('theme', theme);
			await hold(theme);
			// Several of one kind stand here beside each other, as they never do in a window.
			expect(await objections(page, 'landmark-unique')).toEqual([]);
			expect(await faint(page, { inks: ['ink-strong', 'ink', 'ink-muted', 'ink-faint', 'accent-ink'], grounds: GROUNDS, least: 4.5 })).toEqual([]);
			expect(await faint(page, { inks: ['line-control', 'focus', 'accent'], grounds: UNDER, least: 3 })).toEqual([]);
		});
	}

	it('every layer looks as approved', layers);

	it('rows look as approved when they are compact, and no text makes one higher', async () => {
		expect(await heights()).toEqual([52]);
		await turn('density', 'compact');
		await wholly(page);
		expect(await heights()).toEqual([32]);
		await hold('compact');
		await turn('density', 'regular');
	});

	it('the rail looks as approved where it is folded', async () => {
		await wholly(page, NARROW);
		await hold('narrow');
	});

	it('every part looks as approved in Chinese', async () => {
		page = await looks.open('zh');
		await hold('zh');
	});

	it('no picture differs, is missing, or is left over', () => expect(pictures.verdict()).toBe(''));

	it('the page complains of nothing', () => expect(looks.complaints).toEqual([]));
});

it('the components page is no part of what is shipped', () => {
	const dist = resolve('dist');
	const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(html|js)$/.test(file));
	expect(files).toContain('index.html');
	expect(files.filter((file) => file.includes('components') || readFileSync(join(dist, file), 'utf8').includes('data-part'))).toEqual([]);
});

it('only the root declares custom properties, since a style sheet that declares them elsewhere makes WebKit keep a style for each element each time it is shown', () => {
	const dist = resolve('dist');
	const sheets = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.css'));
	const rules = sheets.flatMap((file) => [...readFileSync(join(dist, file), 'utf8').matchAll(/([^{};]*)\{([^{}]*)\}/g)]);
	const declaring = rules.filter(([, , declarations]) => /(^|;)\s*--/.test(declarations ?? '')).map(([, selector]) => selector ?? '');
	expect(declaring).toContain(':root');
	expect(declaring.filter((selector) => !selector.startsWith(':root'))).toEqual([]);
});

const turn = (what: 'theme' | 'density', value: string): Promise<void> =>
	page.evaluate(([what, value]) => void (document.documentElement.dataset[what] = value), [what, value] as const);

const heights = (): Promise<number[]> =>
	page.locator('.ticket-row[role=option]').evaluateAll((rows) => [...new Set(rows.map((row) => row.getBoundingClientRect().height))]);

/** Pictures the page once and holds each of its parts that are to be seen in this look. */
async function hold(look: string): Promise<void> {
	const sheet = await page.screenshot({ animations: 'disabled', caret: 'hide' });
	const boxes = await page.$$eval(
		'[data-part]',
		(parts, look) =>
			parts
				.filter((part) => ['light', 'dark', ...(part.getAttribute('data-looks') ?? '').split(' ')].includes(look))
				.map((part): [string, Box] => {
					const { x, y, width, height } = part.getBoundingClientRect();
					return [`${part.getAttribute('data-part')}-${look}`, { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) }];
				}),
		look,
	);
	await pictures.hold(sheet, boxes);
}

/** Opens each layer by its own control and pictures it in both themes. */
async function layers(): Promise<void> {
	await page.setViewportSize({ width: 1000, height: 700 });
	// What lies under a layer is its own part's concern.
	const alone = await page.addStyleTag({ content: 'main > :not(#layers) { display: none; }' });
	for (const opener of await page.locator('[data-opens]').all()) {
		const [name, by] = [await opener.getAttribute('data-opens'), await opener.getAttribute('data-by')];
		await (by === null ? opener : opener.locator(by)).first().click();
		const layer = page.locator(':is(.menu, .dialog, .palette):not(main *)');
		await layer.waitFor();
		// What it asks the desk for is there, too.
		const until = await opener.getAttribute('data-until');
		if (until !== null) await page.locator(until).waitFor();
		const box = await layer.boundingBox();
		if (box === null) throw new Error(`${name} is not to be seen`);
		const [x, y] = [Math.max(0, Math.floor(box.x) - ROOM), Math.max(0, Math.floor(box.y) - ROOM)];
		const clip = { x, y, width: Math.ceil(box.x + box.width) + ROOM - x, height: Math.ceil(box.y + box.height) + ROOM - y };
		for (const theme of ['light', 'dark']) {
			await turn('theme', theme);
			await pictures.hold(await page.screenshot({ animations: 'disabled', caret: 'hide', clip }), [[`layer-${name}-${theme}`, { ...clip, x: 0, y: 0 }]]);
		}
		await page.keyboard.press('Escape');
		await layer.waitFor({ state: 'hidden' });
	}
	await turn('theme', 'light');
	await alone.evaluate((style) => (style as HTMLElement).remove());
	await wholly(page);
}
