/**
 * A picture as an indexed PNG, at half the size or less. The colours of grounds stay as they are; those at the edges of letters, of which
 * there are thousands, become the nearest of as many as there is room for.
 */
import { crc32, deflateSync } from 'node:zlib';
import type { Sheet } from './compare';

interface Indexed {
	width: number;
	height: number;
	/** Red, green, blue of each colour in turn. */
	palette: number[];
	/** A byte for each pixel, in base64. */
	pixels: string;
}

/** From a whole sheet to a file's bytes. */
export const small = async (sheet: Sheet): Promise<Buffer> => write(await sheet.evaluate(index));

/** Runs in the page. */
function index(bitmap: ImageBitmap): Indexed {
	const COLOURS = 256;
	const { width, height } = bitmap;
	const canvas = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
	canvas.drawImage(bitmap, 0, 0);
	const words = new Uint32Array(canvas.getImageData(0, 0, width, height).data.buffer);

	const seen = new Set(words);
	const grounds = new Map<number, number>();
	for (let at = width + 1; at < words.length - width - 1; at++) {
		const word = words[at] ?? 0;
		if (words[at - 1] === word && words[at + 1] === word && words[at - width] === word && words[at + width] === word) grounds.set(word, (grounds.get(word) ?? 0) + 1);
	}
	const exact = [...grounds].sort((a, b) => b[1] - a[1]).slice(0, COLOURS / 2).map(([word]) => word);

	const channels = (word: number): number[] => [word & 255, (word >> 8) & 255, (word >> 16) & 255];
	const rounded = (word: number, step: number): string => channels(word).map((value) => Math.min(255, Math.round(value / step) * step)).join();
	const rest = [4, 8, 12, 16, 24, 32, 64].map((step) => new Set([...seen].map((word) => rounded(word, step)))).find((some) => some.size <= COLOURS - exact.length) ?? new Set<string>();
	const kept = [...exact.map(channels), ...[...rest].map((name) => name.split(',').map(Number))];

	const distance = (a: number[], b: number[]): number => a.reduce((sum, value, at) => sum + (value - (b[at] ?? 0)) ** 2, 0);
	const nearest = (colour: number[]): number => kept.reduce((best, one, at) => (distance(one, colour) < distance(kept[best] ?? [], colour) ? at : best), 0);
	const places = new Map([...seen].map((word) => [word, nearest(channels(word))]));
	let pixels = '';
	for (const word of words) pixels += String.fromCharCode(places.get(word) ?? 0);
	return { width, height, palette: kept.flat(), pixels: btoa(pixels) };
}

function write({ width, height, palette, pixels }: Indexed): Buffer {
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	header.set([8, 3, 0, 0, 0], 8);
	const bytes = Buffer.from(pixels, 'base64');
	// Each line begins with its filter: none.
	const lines = Buffer.alloc((width + 1) * height);
	for (let line = 0; line < height; line++) bytes.copy(lines, line * (width + 1) + 1, line * width, (line + 1) * width);
	const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
	return Buffer.concat([signature, chunk('IHDR', header), chunk('PLTE', Buffer.from(palette)), chunk('IDAT', deflateSync(lines, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
	const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
	const ends = Buffer.alloc(8);
	ends.writeUInt32BE(data.length, 0);
	ends.writeUInt32BE(crc32(body), 4);
	return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
