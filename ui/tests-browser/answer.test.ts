/** Answering in Chromium over the real program: its sample takes what is sent, and sends it nowhere. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { objections } from './axe';
import { openDesk, type Desk } from './desk';

let desk: Desk;
let page: Page;

beforeAll(async () => {
	desk = await openDesk();
	page = desk.page;
});
afterAll(async () => desk?.stop());
afterEach(() => expect(desk.complaints.splice(0)).toEqual([]));

const words = (): Locator => page.locator('.ProseMirror');
const card = (): Locator => page.locator('article.on-its-way');

async function reply(): Promise<void> {
	await page.keyboard.press('r');
	await words().waitFor();
	await expect.poll(() => words().evaluate((box) => box === document.activeElement)).toBe(true);
}

async function drop(name: string, type: string): Promise<void> {
	await page.getByRole('log').evaluate(
		async (element, { name, type }) => {
			const canvas = new OffscreenCanvas(2, 2);
			canvas.getContext('2d')?.fillRect(0, 0, 2, 2);
			const data = new DataTransfer();
			data.items.add(new File([await canvas.convertToBlob()], name, { type }));
			for (const kind of ['dragenter', 'dragover', 'drop']) element.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
		},
		{ name, type },
	);
}

async function pastePicture(): Promise<void> {
	await words().evaluate(async (target) => {
		const canvas = new OffscreenCanvas(3, 3);
		canvas.getContext('2d')?.fillRect(0, 0, 3, 3);
		const data = new DataTransfer();
		data.items.add(new File([await canvas.convertToBlob()], 'cup.png', { type: 'image/png' }));
		target.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
	});
}

it('a draft with a file and a picture is kept by the desk, and drawn again after a reload', async () => {
	await page.keyboard.press('j');
	await page.locator('#conversation').getByRole('heading', { level: 2 }).waitFor();
	await reply();
	await page.keyboard.type('谢谢您。A new set left today. ');
	await drop('签收单.png', 'image/png');
	await page.getByRole('button', { name: 'Take out 签收单.png' }).waitFor();
	const kept = page.waitForResponse((response) => /"keep_draft".*cid:/.test(response.request().postData() ?? ''));
	await pastePicture();
	await words().locator('.picture').waitFor();
	await kept;
	await page.getByText(/^Draft kept/).waitFor();
	const ticket = await page.locator('#conversation h2').textContent();
	await page.reload();
	await page.getByRole('option').first().waitFor();
	await page.locator('.rows [role=option]').filter({ hasText: ticket ?? '' }).first().click();
	await expect.poll(() => words().textContent()).toContain('谢谢您。A new set left today.');
	await expect.poll(() => words().locator('.picture').evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(3);
	expect(await page.getByRole('button', { name: 'Take out 签收单.png' }).count()).toBe(1);
});

it('is held, comes back with one key, and is sent when it is left alone', async () => {
	await words().click();
	await page.keyboard.press('Control+Enter');
	await card().getByText(/^Held, leaves in \d+ s$/).waitFor();
	await page.keyboard.press('Control+z');
	await expect.poll(() => words().textContent()).toContain('谢谢您。A new set left today.');
	await expect.poll(() => card().count()).toBe(0);
	await words().click();
	await page.keyboard.press('Control+Enter');
	await card().waitFor();
	expect(await objections(page)).toEqual([]);
	await card().waitFor({ state: 'detached', timeout: 40_000 });
	const sent = page.locator('article.message[data-from=agent]').last();
	await expect.poll(() => sent.textContent()).toContain('签收单.png');
	await page.getByRole('button', { name: 'Outbox empty' }).waitFor();
});

it('a reply that was only looked at leaves no draft', async () => {
	await reply();
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: /^Write to/ }).waitFor();
	await page.reload();
	await page.getByRole('option').first().waitFor();
	await page.keyboard.press('j');
	await page.getByRole('button', { name: /^Write to/ }).waitFor();
});
