/**
 * Whether a picture is still the one that was approved. The browser itself decodes and compares, so nothing is needed beside it.
 *
 * Two machines may draw the edge of a letter a little differently, and draw the middle of a ground exactly alike. So a pixel that is like its
 * eight neighbours in the approved picture may differ by no more than `FLAT`, any other by `EDGE`, which is less than a hairline differs from
 * its ground in the light; and of all pixels `SHARE` may be further off.
 */
import type { Page } from 'playwright-core';

/** Of 255, in the channel that differs most. */
const FLAT = 4;
const EDGE = 16;
const SHARE = 0.0002;

export interface Verdict {
	same: boolean;
	/** In words, when it is not. */
	why: string;
	/** The actual picture, pale, with every pixel that is too far off in red; PNG in base64. */
	difference?: string;
}

/** Compares on a page that shows nothing else; both are PNG in base64. */
export const compare = (page: Page, approved: string, actual: string): Promise<Verdict> => page.evaluate(judge, { approved, actual, flat: FLAT, edge: EDGE, share: SHARE });

interface Case {
	approved: string;
	actual: string;
	flat: number;
	edge: number;
	share: number;
}

/** Runs in the page. */
async function judge({ approved, actual, flat, edge, share }: Case): Promise<Verdict> {
	const load = async (base64: string): Promise<ImageData> => {
		const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
		const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d', { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
		canvas.drawImage(bitmap, 0, 0);
		return canvas.getImageData(0, 0, bitmap.width, bitmap.height);
	};
	const [was, is] = await Promise.all([load(approved), load(actual)]);
	const { width, height } = is;
	if (was.width !== width || was.height !== height) return { same: false, why: `it is ${width} × ${height} and was ${was.width} × ${was.height}` };

	const [before, now] = [new Uint32Array(was.data.buffer), new Uint32Array(is.data.buffer)];
	/** Whether it is like its neighbours in the approved picture. */
	const isFlat = (at: number): boolean => {
		const [x, y] = [at % width, Math.floor(at / width)];
		for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++)
			for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) if (before[row * width + column] !== before[at]) return false;
		return true;
	};
	const farthest = (at: number): number => Math.max(...[0, 1, 2].map((channel) => Math.abs((was.data[at * 4 + channel] ?? 0) - (is.data[at * 4 + channel] ?? 0))));
	const off: number[] = [];
	for (let at = 0; at < now.length; at++) {
		if (before[at] === now[at]) continue;
		const most = farthest(at);
		if (most > edge || (most > flat && isFlat(at))) off.push(at);
	}
	if (off.length <= now.length * share) return { same: true, why: '' };

	const pale = is.data.map((value, at) => (at % 4 === 3 ? 255 : 255 - (255 - value) / 4));
	for (const at of off) pale.set([255, 0, 0, 255], at * 4);
	const canvas = document.createElement('canvas');
	Object.assign(canvas, { width, height });
	canvas.getContext('2d')?.putImageData(new ImageData(pale as Uint8ClampedArray<ArrayBuffer>, width, height), 0, 0);
	return { same: false, why: `${off.length} of ${now.length} pixels are too far off`, difference: canvas.toDataURL('image/png').replace(/^.*,/, '') };
}
