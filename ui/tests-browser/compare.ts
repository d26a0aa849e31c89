/**
 * Whether a picture is still the one that was approved. The browser itself decodes and compares, so nothing is needed beside it.
 *
 * Two machines may draw the edge of a letter a little differently, and draw the middle of a ground exactly alike. So a pixel that is like its
 * eight neighbours in the approved picture may differ by no more than `FLAT`, any other by `EDGE`, which is less than a hairline differs from
 * its ground in the light; and of all pixels `SHARE` may be further off.
 */
import type { JSHandle, Page } from 'playwright-core';

/** Of 255, in the channel that differs most. */
const FLAT = 4;
const EDGE = 16;
const SHARE = 0.0002;

export interface Box {
	x: number;
	y: number;
	width: number;
	height: number;
}

/** A picture that the comparing page holds. */
export type Sheet = JSHandle<ImageBitmap>;

export interface Verdict {
	same: boolean;
	/** In words, when it is not. */
	why: string;
	/** The actual picture, pale, with every pixel that is too far off in red; PNG in base64. */
	difference?: string;
}

/** Gives a picture to a page that shows nothing else. */
export const hand = (page: Page, png: Buffer): Promise<Sheet> =>
	page.evaluateHandle(async (base64) => createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob()), png.toString('base64'));

/** A piece of it as a picture of its own. */
export async function piece(sheet: Sheet, box: Box): Promise<Buffer> {
	const base64 = await sheet.evaluate((bitmap, { x, y, width, height }) => {
		const canvas = document.createElement('canvas');
		Object.assign(canvas, { width, height });
		canvas.getContext('2d')?.drawImage(bitmap, -x, -y);
		return canvas.toDataURL('image/png').replace(/^.*,/, '');
	}, box);
	return Buffer.from(base64, 'base64');
}

/** Holds a piece of a sheet against what was approved. */
export const compare = (sheet: Sheet, box: Box, approved: Buffer): Promise<Verdict> =>
	sheet.evaluate(judge, { box, approved: approved.toString('base64'), flat: FLAT, edge: EDGE, share: SHARE });

interface Case {
	box: Box;
	approved: string;
	flat: number;
	edge: number;
	share: number;
}

/** Runs in the page. */
async function judge(sheet: ImageBitmap, { box: { x, y, width, height }, approved, flat, edge, share }: Case): Promise<Verdict> {
	const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${approved}`)).blob());
	if (picture.width !== width || picture.height !== height) return { same: false, why: `it is ${width} × ${height} and was ${picture.width} × ${picture.height}` };
	const read = (bitmap: ImageBitmap, left: number, top: number): ImageData => {
		const canvas = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
		canvas.drawImage(bitmap, -left, -top);
		return canvas.getImageData(0, 0, width, height);
	};
	const [was, is] = [read(picture, 0, 0).data, read(sheet, x, y).data];
	const [before, now] = [new Uint32Array(was.buffer), new Uint32Array(is.buffer)];

	/** Whether it is like its neighbours in the approved picture. */
	const isFlat = (at: number): boolean => {
		const [column, line] = [at % width, Math.floor(at / width)];
		for (let row = Math.max(0, line - 1); row <= Math.min(height - 1, line + 1); row++)
			for (let place = Math.max(0, column - 1); place <= Math.min(width - 1, column + 1); place++) if (before[row * width + place] !== before[at]) return false;
		return true;
	};
	const apart = (at: number): number => Math.abs((was[at] ?? 0) - (is[at] ?? 0));
	const off: number[] = [];
	for (let at = 0; at < now.length; at++) {
		if (before[at] === now[at]) continue;
		const most = Math.max(apart(at * 4), apart(at * 4 + 1), apart(at * 4 + 2));
		if (most > edge || (most > flat && isFlat(at))) off.push(at);
	}
	if (off.length <= now.length * share) return { same: true, why: '' };

	const pale = is.map((value, at) => (at % 4 === 3 ? 255 : 255 - (255 - value) / 4));
	for (const at of off) pale.set([255, 0, 0, 255], at * 4);
	const canvas = document.createElement('canvas');
	Object.assign(canvas, { width, height });
	canvas.getContext('2d')?.putImageData(new ImageData(pale, width, height), 0, 0);
	return { same: false, why: `${off.length} of ${now.length} pixels are too far off`, difference: canvas.toDataURL('image/png').replace(/^.*,/, '') };
}
