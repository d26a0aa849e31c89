/** The components page, standing still: a fixed clock, no motion, letters drawn alike, and every state that CSS knows forced where it is asked for. */
import { chromium, type Browser, type Page } from 'playwright-core';
import { inject } from 'vitest';
import { CHROMIUM, QUIET } from './desk';

/** A Wednesday afternoon, so that there is a morning behind it and days of the week before it. */
const NOW = new Date('2026-03-11T14:26:40+08:00');
export const WIDE = 1280;
/** Where the rail folds. */
export const NARROW = 1240;
/** The same letters wherever it runs: no hinting, no colours at their edges, and sRGB. */
const ALIKE = ['--font-render-hinting=none', '--disable-lcd-text', '--force-color-profile=srgb', '--hide-scrollbars'];

export interface Looks {
	browser: Browser;
	/** The page as its address asks for it. Everything it complains about is kept in `complaints`. */
	open(asked?: string): Promise<Page>;
	complaints: string[];
	stop(): Promise<void>;
}

export async function startLooks(): Promise<Looks> {
	const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...QUIET, ...ALIKE] });
	const complaints: string[] = [];
	return {
		browser,
		complaints,
		open: (asked = '') => open(browser, `${inject('preview')}/components.html?${asked}`, complaints),
		stop: () => browser.close(),
	};
}

async function open(browser: Browser, address: string, complaints: string[]): Promise<Page> {
	const page = await browser.newPage({ viewport: { width: WIDE, height: 900 }, locale: 'en-GB', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce', deviceScaleFactor: 1 });
	page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
	page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(`console: ${message.text()}`));
	await page.clock.setFixedTime(NOW);
	await page.goto(address);
	await page.locator('#layers').waitFor();
	await page.locator('#composing .ProseMirror').nth(1).waitFor();
	await force(page);
	await wholly(page);
	return page;
}

/** The window becomes as high as the page, and is waited for until it is drawn, fonts and all. */
export async function wholly(page: Page, width = WIDE): Promise<void> {
	await page.setViewportSize({ width, height: 900 });
	const height = await page.evaluate(async () => {
		await document.fonts.ready;
		if (!document.fonts.check('13px "Inter Variable"')) throw new Error('Inter is not there');
		// Each part begins on a whole pixel, so that one which grows by a fraction does not blur those below it.
		const parts = [...document.querySelectorAll<HTMLElement>('[data-part]')];
		for (const part of parts) part.style.blockSize = '';
		const heights = parts.map((part) => Math.ceil(part.getBoundingClientRect().height));
		parts.forEach((part, place) => (part.style.blockSize = `${heights[place]}px`));
		return document.documentElement.scrollHeight;
	});
	await page.setViewportSize({ width, height });
	await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}

/** `data-force` names a state of CSS; it is forced on the element itself or on the one that `data-on` selects in it. */
async function force(page: Page): Promise<void> {
	const client = await page.context().newCDPSession(page);
	const wanted = await page.$$eval('[data-force]', (all) =>
		all.map((one, place) => {
			const on = one.getAttribute('data-on');
			(on === null ? one : one.querySelector(on))?.setAttribute('data-forced', String(place));
			return one.getAttribute('data-force') ?? '';
		}),
	);
	await client.send('DOM.enable');
	await client.send('CSS.enable');
	const { root } = await client.send('DOM.getDocument', { depth: 0 });
	await Promise.all(
		wanted.map(async (state, place) => {
			const { nodeId } = await client.send('DOM.querySelector', { nodeId: root.nodeId, selector: `[data-forced="${place}"]` });
			await client.send('CSS.forcePseudoState', { nodeId, forcedPseudoClasses: state === 'focus-visible' ? ['focus', 'focus-visible'] : [state] });
		}),
	);
}
