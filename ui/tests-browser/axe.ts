/** What axe objects to on a page as it stands. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** `besides` are rules that don't hold for this page. */
export async function objections(page: Page, ...besides: string[]): Promise<string[]> {
	await atRest(page);
	// As the browser's own tools do: the page's content policy does not hold for them.
	await page.evaluate(source);
	return page.evaluate(async (besides) => {
		const { axe } = window as unknown as { axe: typeof import('axe-core') };
		const { violations } = await axe.run(document, {
			iframes: false,
			// A row is named by what it opens; the date at its end is no part of that name.
			rules: Object.fromEntries(['label-content-name-mismatch', ...besides].map((rule) => [rule, { enabled: false }])),
		});
		return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html.slice(0, 140)} ${node.any[0]?.message ?? ''}`).join(' | ')}`);
	}, besides);
}

/** Waits until nothing moves or fades: half-way between two colours, neither's contrast is judged. What turns for ever is not waited for. */
async function atRest(page: Page): Promise<void> {
	await page.evaluate(async () => {
		const finite = (animation: Animation): boolean => Number.isFinite(animation.effect?.getComputedTiming().endTime);
		for (let running = await begun(); running.length > 0; running = await begun()) await Promise.allSettled(running.map((animation) => animation.finished));

		/** A change of style begins its transition with the frame after it. */
		async function begun(): Promise<Animation[]> {
			await new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame)));
			return document.getAnimations().filter((animation) => animation.playState === 'running' && finite(animation));
		}
	});
}
