/** Writing a reply in a real browser: input methods, the clipboard, dropped files, a very long draft. The desk behind it is in memory. */
import type { CDPSession, Locator, Page } from 'playwright-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FakeDesk } from '../src/shared/testing/fakeDesk';
import { objections } from './axe';
import type { Desk } from './desk';
import { openPreview } from './preview';

/** The desk in memory hangs on the window. */
declare global {
	interface Window {
		fake: FakeDesk;
	}
}

let desk: Desk;
let page: Page;

beforeEach(() => open());
afterEach(async () => {
	const { complaints } = desk;
	await desk.stop();
	expect(complaints).toEqual([]);
});

async function open(asked = ''): Promise<void> {
	await desk?.stop().catch(() => undefined);
	desk = await openPreview(asked);
	page = desk.page;
	await page.keyboard.press('j');
	await page.locator('#conversation').getByRole('heading', { level: 2 }).waitFor();
}

const words = (): Locator => page.locator('.ProseMirror');
const card = (): Locator => page.locator('article.on-its-way');
const to = (): Locator => page.getByRole('combobox', { name: /^(To|发给)$/ });
const calls = (name: string): Promise<Record<string, unknown>[]> =>
	page.evaluate((name) => window.fake.calls.filter((call) => call.name === name).map((call) => call.args as Record<string, unknown>), name);
const kept = (): Promise<string> => page.evaluate(() => [...window.fake.mail.drafts.values()].map((draft) => draft.text.html).join('|'));

async function reply(text = ''): Promise<void> {
	await page.keyboard.press('r');
	await words().waitFor();
	await expect.poll(() => words().evaluate((box) => box === document.activeElement)).toBe(true);
	if (text !== '') await page.keyboard.type(text);
}

/** As an input method does it: the keys stand in the text until they become characters. */
async function compose(keys: string): Promise<CDPSession> {
	const client = await page.context().newCDPSession(page);
	await client.send('Input.imeSetComposition', { text: keys, selectionStart: keys.length, selectionEnd: keys.length });
	return client;
}

it('what is typed while the editor is still loading is not lost, and fires no command', async () => {
	await page.route('**/editor-*.js', async (route) => {
		await new Promise((done) => setTimeout(done, 700));
		await route.continue();
	});
	await page.reload();
	await page.getByRole('option').first().waitFor();
	await page.keyboard.press('j');
	await page.locator('#conversation').getByRole('heading', { level: 2 }).waitFor();
	await page.keyboard.press('r');
	await page.keyboard.type('early words, ');
	await words().waitFor();
	await expect.poll(() => words().textContent()).toBe('early words, ');
	await expect.poll(() => words().evaluate((box) => box === document.activeElement)).toBe(true);
	await page.keyboard.type('late words');
	await expect.poll(() => words().textContent()).toBe('early words, late words');
	expect(await calls('set_status')).toEqual([]);
});

it('an Enter that ends a composition neither sends nor breaks the line', async () => {
	await reply();
	const client = await compose('ni hao');
	expect(await words().textContent()).toBe('ni hao');
	// What a webview sends for the confirming Enter: a key of the input method, with or without Ctrl.
	for (const modifiers of [0, 2]) await client.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Process', code: 'Enter', windowsVirtualKeyCode: 229, modifiers });
	await client.send('Input.insertText', { text: '您好' });
	await expect.poll(() => words().textContent()).toBe('您好');
	expect(await words().locator('p').count()).toBe(1);
	expect(await calls('send')).toEqual([]);
	await expect.poll(kept).toContain('您好');
});

it('an Enter that ends a composition makes no chip of half a name', async () => {
	await reply();
	await to().focus();
	const client = await compose('lin');
	await client.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Process', code: 'Enter', windowsVirtualKeyCode: 229 });
	expect(await page.locator('.recipient').count()).toBe(1);
	await client.send('Input.insertText', { text: '林' });
	expect(await to().inputValue()).toBe('林');
});

it('a pasted list becomes chips, a pasted word stays a word', async () => {
	await reply();
	await to().focus();
	await paste(to(), { text: '"Reid, Tom" <tom@x.example>; ann@x.example\nbroken' });
	expect(await page.locator('.recipient').count()).toBe(4);
	expect(await page.locator('.recipient.wrong').textContent()).toContain('broken');
	await paste(words(), { text: 'ann@x.example' });
	await expect.poll(() => words().textContent()).toBe('ann@x.example');
});

it('a pasted picture stands in the text, is drawn, and is named by its content id', async () => {
	await reply('Look: ');
	await paste(words(), { picture: true });
	const picture = words().locator('.picture');
	await picture.waitFor();
	await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(2);
	expect(await calls('attach')).toMatchObject([{ name: 'cup.png', inline: true }]);
	await expect.poll(kept).toMatch(/<img src="cid:[^"]+@foredeck" alt="cup.png">/);
});

it('a pasted page brings its words and marks, and nothing that is fetched or runs', async () => {
	await reply();
	await paste(words(), { html: '<h1 onclick="x()">Hello</h1><p style="color:red"><b>bold</b> <a href="https://shop.example">link</a><a href="javascript:x()">bad</a><img src="https://spy.example/p.gif"><img src="data:image/gif;base64,R0lG"></p><script>x()</script>', text: 'Hello bold' });
	await expect.poll(kept).toContain('<strong>bold</strong>');
	const html = await kept();
	expect(html).toContain('<a href="https://shop.example">link</a>');
	expect(html).not.toMatch(/<img|javascript|onclick|style=|<script/);
});

it('a dropped file opens a reply and goes with it; the page stays', async () => {
	await dropOn(page.getByRole('log'), 'receipt.pdf', 84_000);
	await page.locator('form').getByText('receipt.pdf').waitFor();
	expect(await calls('attach')).toMatchObject([{ name: 'receipt.pdf', size: 84_000, inline: false }]);
	await dropOn(page.getByRole('log'), 'huge.mov', 26_300_000);
	await page.getByText('huge.mov is too large to attach.').waitFor();
	expect(await calls('attach')).toHaveLength(1);
});

it('a draft survives the switch to another ticket at once, and so does the other one', async () => {
	await reply('For the first');
	await page.locator('.rows [role=option]').nth(2).click();
	await page.getByRole('button', { name: /^Write to/ }).waitFor();
	await page.keyboard.press('r');
	await words().waitFor();
	await expect.poll(() => words().evaluate((box) => box === document.activeElement)).toBe(true);
	await page.keyboard.type('For the other');
	await page.locator('.rows [role=option]').nth(0).click();
	await expect.poll(() => words().textContent()).toBe('For the first');
	await expect.poll(kept).toBe('<p>For the first</p>|<p>For the other</p>');
});

it('a reply is held, counted down, and undone from the keyboard', async () => {
	await reply('Too early');
	await page.keyboard.press('Control+Enter');
	await card().getByText(/^Held, leaves in \d+ s$/).waitFor();
	expect(await card().textContent()).toContain('Too early');
	await page.keyboard.press('Control+z');
	await expect.poll(() => words().textContent()).toBe('Too early');
	await expect.poll(() => card().count()).toBe(0);
});

it('Escape leaves the words; a reply that was only looked at is gone', async () => {
	await reply();
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: /^Write to/ }).waitFor();
	await expect.poll(kept).toBe('');
	await reply('Something');
	await page.keyboard.press('Escape');
	await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('conversation');
	expect(await words().textContent()).toBe('Something');
});

it('a reply that was left alone is sent, and stands as an ordinary message', async () => {
	await reply('Arrives');
	await page.keyboard.press('Control+Enter');
	await card().waitFor();
	await card().waitFor({ state: 'detached', timeout: 20_000 });
	expect(await page.locator('article.message[data-from=agent]').last().textContent()).toContain('Arrives');
});

it('send and close opens the next ticket, and undo brings everything back', async () => {
	const subject = page.locator('#conversation h2');
	const before = await subject.textContent();
	await reply('Done');
	await page.keyboard.press('Control+Shift+Enter');
	await expect.poll(() => subject.textContent()).not.toBe(before);
	await page.keyboard.press('Control+z');
	await expect.poll(() => subject.textContent()).toBe(before);
	await expect.poll(() => words().textContent()).toBe('Done');
	expect((await calls('set_status')).at(-1)).toMatchObject({ status: 'open' });
});

it('a draft of two megabytes stays usable', async () => {
	await page.evaluate(() => {
		const ticket = window.fake.rows[2]?.id ?? '';
		const line = 'A line of an answer that somebody pasted from somewhere. 一行从别处粘贴来的答复。 ';
		const html = `<p>${line}</p>`.repeat(Math.ceil(2_000_000 / line.length));
		const text = { kind: 'reply' as const, from: { name: '', email: 'care@harbour.example' }, to: [{ name: '', email: 'a@x.example' }], cc: [], bcc: [], subject: 'Re', html, quote: null };
		window.fake.mail.answers.keep_draft?.({ ticket, text });
	});
	await page.locator('.rows [role=option]').nth(2).click();
	await words().locator('p').nth(20_000).waitFor({ state: 'attached', timeout: 30_000 });
	await words().locator('p').first().click();
	expect(await usualKey('hello from the top'), 'milliseconds from a key to the second frame').toBeLessThan(1_000);
	await expect.poll(kept, { timeout: 30_000 }).toContain('hello from the top');
}, 120_000);

it.each(['', 'dark', 'zh', 'zh&dark'])('axe objects to nothing in what one answers with (%s)', async (asked) => {
	await open(`${asked}&outbox&senders`);
	await reply();
	await page.keyboard.type('Hello');
	await to().focus();
	await page.keyboard.type('new@x.example,broken,');
	expect(await objections(page)).toEqual([]);
	await page.keyboard.press('Escape');
	await page.keyboard.press('n');
	expect(await objections(page)).toEqual([]);
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: /^(Outbox|发件箱)/ }).click();
	await page.getByRole('dialog').waitFor();
	expect(await objections(page)).toEqual([]);
});

async function paste(into: Locator, { text = '', html = '', picture = false }: { text?: string; html?: string; picture?: boolean }): Promise<void> {
	await into.evaluate(
		async (target, { text, html, picture }) => {
			const data = new DataTransfer();
			if (text !== '') data.setData('text/plain', text);
			if (html !== '') data.setData('text/html', html);
			if (picture) {
				const canvas = new OffscreenCanvas(2, 2);
				canvas.getContext('2d')?.fillRect(0, 0, 2, 2);
				data.items.add(new File([await canvas.convertToBlob()], 'cup.png', { type: 'image/png' }));
			}
			target.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
		},
		{ text, html, picture },
	);
}

async function dropOn(target: Locator, name: string, size: number): Promise<void> {
	await target.evaluate(
		(element, { name, size }) => {
			const data = new DataTransfer();
			data.items.add(new File([new Uint8Array(size)], name));
			for (const kind of ['dragenter', 'dragover', 'drop']) element.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
		},
		{ name, size },
	);
}

/** Types letter by letter; answers the median time from a key to the second frame after it. */
async function usualKey(text: string): Promise<number> {
	await page.evaluate(() => {
		const took: number[] = [];
		Object.assign(window, { took });
		addEventListener('keydown', () => {
			const began = performance.now();
			requestAnimationFrame(() => requestAnimationFrame(() => took.push(performance.now() - began)));
		}, true);
	});
	await page.keyboard.type(text, { delay: 40 });
	await expect.poll(() => page.evaluate(() => (window as unknown as { took: number[] }).took.length)).toBe(text.length);
	// Once in a while the draft is written out, and the machine may build something else; what counts is that typing goes on.
	const took = await page.evaluate(() => (window as unknown as { took: number[] }).took);
	return took.toSorted((a, b) => a - b)[took.length >> 1] ?? Infinity;
}
