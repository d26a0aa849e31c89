/** Which tokens don't stand out enough from which grounds, as the page draws them in its theme. */
import type { Page } from 'playwright-core';

interface Asked {
	inks: string[];
	grounds: string[];
	/** The ratio of WCAG: 4.5 for text, 3 for what has a shape. */
	least: number;
}

export const faint = (page: Page, asked: Asked): Promise<string[]> =>
	page.evaluate(({ inks, grounds, least }) => {
		const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
		const probe = document.body.appendChild(document.createElement('i'));
		const luminance = (token: string): number => {
			probe.style.color = `var(--${token})`;
			canvas.fillStyle = getComputedStyle(probe).color;
			canvas.fillRect(0, 0, 1, 1);
			const [red = 0, green = 0, blue = 0] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => (value <= 10 ? value / 3294 : ((value / 255 + 0.055) / 1.055) ** 2.4));
			return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
		};
		const ratio = (a: number, b: number): number => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		const found = inks.flatMap((ink) => grounds.map((ground) => [ink, ground, ratio(luminance(ink), luminance(ground))] as const)).filter(([, , is]) => is < least);
		probe.remove();
		return found.map(([ink, ground, is]) => `${ink} on ${ground}: ${is.toFixed(2)}`);
	}, asked);
