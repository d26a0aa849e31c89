/** The agent window in Chromium over the real program, as a person uses it. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Locator, Page, Request } from 'playwright-core';
import { objections } from './axe';
import { openDesk, type Desk } from './desk';

let desk: Desk;
let page: Page;

beforeAll(async () => {
	desk = await openDesk();
	page = desk.page;
});
afterAll(async () => desk?.stop());

beforeEach(async () => {
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: /^(Open|处理中)[,，]/ }).click();
	await expect.poll(() => heading().textContent()).toMatch(/^(Open|处理中)$/);
	await rows().first().waitFor();
});
afterEach(() => expect(desk.complaints.splice(0)).toEqual([]));

const rows = (): Locator => page.locator('.rows [role=option]');
const field = (): Locator => page.getByRole('combobox', { name: /^(Search tickets|搜索工单)$/ });
const listed = async (): Promise<number> => ((await rows().count()) === 0 ? 0 : digits(await rows().first().getAttribute('aria-setsize')));
const heading = (): Locator => page.getByRole('heading', { level: 1 });
const digits = (text: string | null): number => Number((text ?? '').replace(/\D/g, ''));

async function command(words: string): Promise<void> {
	await page.keyboard.press('Control+k');
	await page.locator('input[aria-controls="choices"]').fill(words);
	// Only what was asked for may be under the hand when Enter comes.
	await page.locator('#choices [role=option]').first().filter({ hasText: words }).waitFor();
	await page.keyboard.press('Enter');
}

it('the rail counts what the lists hold', async () => {
	for (const view of ['Open', 'Waiting', 'Closed', 'Urgent']) {
		const rail = page.getByRole('button', { name: new RegExp(`^${view}, [\\d,]+ tickets?$`) });
		await rail.click();
		await expect.poll(() => heading().textContent()).toBe(view);
		// The sample goes on living, so both are read until they agree.
		await expect.poll(async () => (await listed()) - digits(await rail.getAttribute('aria-label'))).toBe(0);
	}
});

it('a search finds Chinese by two characters of a subject', async () => {
	const inChinese = async (): Promise<string | undefined> =>
		(await page.locator('.subject').allTextContents()).map((subject) => /\p{Script=Han}{2}/u.exec(subject)?.[0]).find((found) => found !== undefined);
	await expect.poll(inChinese, { message: 'the sample has Chinese subjects among its newest tickets' }).toBeDefined();
	const words = (await inChinese()) ?? '';
	await field().fill(words);
	await expect.poll(() => heading().textContent()).toBe('Search');
	await expect.poll(async () => (await rows().first().textContent())?.includes(words)).toBe(true);
	expect(await rows().locator('mark').count()).toBeGreaterThan(0);
	await field().press('Escape');
	await expect.poll(() => heading().textContent()).toBe('Open');
});

it('a search that cannot be read is pointed at, and the tickets stay', async () => {
	const before = await rows().first().getAttribute('id');
	await field().fill('status:done');
	await expect.poll(() => page.getByRole('alert').textContent()).toContain('A status is open, waiting or closed.');
	expect(await rows().first().getAttribute('id')).toBe(before);
	await field().press('Escape');
});

it('nothing is searched for, and no key fires, while an input method composes', async () => {
	await field().focus();
	const client = await page.context().newCDPSession(page);
	await client.send('Input.imeSetComposition', { text: 'tui', selectionStart: 3, selectionEnd: 3 });
	expect(await field().inputValue()).toBe('tui');
	await client.send('Input.insertText', { text: '退款' });
	await expect.poll(() => field().inputValue()).toBe('退款');
	await expect.poll(() => heading().textContent()).toBe('Search');
	await field().press('Escape');
});

it('a tag is shown at once, in its row and in the rail, and undo takes it away', async () => {
	await page.keyboard.press('j');
	const name = `tag ${Date.now() % 100_000}`;
	await page.keyboard.press('t');
	await page.locator('input[aria-controls="choices"]').fill(name);
	await page.keyboard.press('Enter');
	await page.locator('#conversation').getByText(name).first().waitFor();
	await page.getByRole('button', { name: `${name}, 1 ticket` }).waitFor();
	await page.keyboard.press('Control+z');
	await expect.poll(() => page.getByRole('button', { name: `${name}, 1 ticket` }).count()).toBe(0);
});

it('a ticket closes with one key and comes back with another', async () => {
	await page.keyboard.press('Home');
	const first = await rows().first().getAttribute('id');
	await page.keyboard.press('e');
	await expect.poll(() => rows().first().getAttribute('id')).not.toBe(first);
	await page.keyboard.press('Control+z');
	await expect.poll(() => rows().first().getAttribute('id')).toBe(first);
});

it('a long list is read on as it is scrolled, and only what is in view is drawn', async () => {
	await page.getByRole('button', { name: /^Waiting, / }).click();
	await expect.poll(listed, { timeout: 60_000 }).toBeGreaterThan(150);
	const box = page.getByRole('listbox', { name: 'Tickets' });
	const further = async (): Promise<number> => {
		await box.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
		return digits(await rows().last().getAttribute('aria-posinset'));
	};
	await expect.poll(further).toBeGreaterThan(100);
	expect(await rows().count()).toBeLessThan(80);
	await box.evaluate((element) => element.scrollTo({ top: 0 }));
});

it('language and theme change while it runs', async () => {
	await command('切换到中文');
	await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('zh-CN');
	await page.getByRole('button', { name: /^处理中，/ }).waitFor();
	await command('Switch to English');
	await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('en');
	await page.getByRole('button', { name: /^Open, / }).waitFor();
	await command('Dark theme');
	await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('dark');
});

it.each(['light', 'dark'])('axe objects to nothing in the %s theme', async (theme) => {
	await command(`${theme} theme`);
	await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe(theme);
	await page.keyboard.press('j');
	await page.locator('#conversation').getByRole('heading', { level: 2 }).waitFor();
	expect(await objections(page)).toEqual([]);
	await page.keyboard.press('?');
	await page.getByRole('dialog').waitFor();
	expect(await objections(page)).toEqual([]);
});

it('the window asks for its first list before it is drawn', async () => {
	const asked: string[] = [];
	const listen = (request: Request): void => {
		if (new URL(request.url()).pathname === '/api/call') asked.push((request.postDataJSON() as { name: string }).name);
	};
	page.on('request', listen);
	// The page that goes may still ask for something; only what the one that comes asks for counts.
	page.once('framenavigated', () => asked.splice(0));
	await page.reload();
	await rows().first().waitFor();
	page.off('request', listen);
	expect(asked.slice(0, 3)).toEqual(['boot', 'views', 'tickets']);
});
