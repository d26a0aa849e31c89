/**
 * The approved pictures of the components page. `FOREDECK_PICTURES=update` approves what is there now: pictures that differ are written anew,
 * the others stay as they are. Without it, what differs is put where a person finds it, beside what it differs from.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { compare } from './compare';
import { small } from './png';

const APPROVED = resolve('tests-browser/pictures');
const FOUND = resolve('../target/pictures');
const HOW = 'Right so? FOREDECK_PICTURES=update npm --prefix ui run test:browser -- components';

export interface Box {
	x: number;
	y: number;
	width: number;
	height: number;
}

export class Pictures {
	readonly #update = process.env.FOREDECK_PICTURES === 'update';
	readonly #taken = new Set<string>();
	readonly #wrong: string[] = [];

	/** `page` decodes and compares; it shows nothing else. */
	constructor(private readonly page: Page) {
		rmSync(FOUND, { recursive: true, force: true });
	}

	/** Holds the pieces of a sheet against the approved pictures of their names. */
	async holdAll(sheet: Buffer, pieces: Map<string, Box>): Promise<void> {
		const cuts = await this.page.evaluate(cut, { sheet: sheet.toString('base64'), boxes: [...pieces.values()] });
		for (const [place, name] of [...pieces.keys()].entries()) await this.#hold(name, cuts[place] ?? '');
	}

	/** Holds a whole picture against the approved one. */
	hold(name: string, picture: Buffer): Promise<void> {
		return this.#hold(name, picture.toString('base64'));
	}

	async #hold(name: string, actual: string): Promise<void> {
		this.#taken.add(name);
		const path = join(APPROVED, `${name}.png`);
		const approved = existsSync(path) ? readFileSync(path) : undefined;
		const { same, why, difference } = approved === undefined ? { same: false, why: 'nobody has approved it yet' } : await compare(this.page, approved.toString('base64'), actual);
		if (same) return;
		if (this.#update) return writeFileSync(path, await this.#approvable(actual));
		mkdirSync(FOUND, { recursive: true });
		if (approved !== undefined) writeFileSync(join(FOUND, `${name}.approved.png`), approved);
		writeFileSync(join(FOUND, `${name}.actual.png`), Buffer.from(actual, 'base64'));
		if (difference !== undefined) writeFileSync(join(FOUND, `${name}.difference.png`), Buffer.from(difference, 'base64'));
		this.#wrong.push(`${name}: ${why}`);
	}

	/** As small as it can be without differing from itself. */
	async #approvable(actual: string): Promise<Buffer> {
		const lean = await small(this.page, actual);
		return (await compare(this.page, lean.toString('base64'), actual)).same ? lean : Buffer.from(actual, 'base64');
	}

	/** Everything that is not as it was approved, and how to go on; empty when all is. To be asked at the end. */
	verdict(): string {
		const left = readdirSync(APPROVED).filter((file) => file.endsWith('.png') && !this.#taken.has(file.replace(/\.png$/, '')));
		if (this.#update) left.forEach((file) => rmSync(join(APPROVED, file)));
		const wrong = [...this.#wrong, ...(this.#update ? [] : left.map((file) => `${file}: no part is pictured by this name any more`))];
		return wrong.length === 0 ? '' : [...wrong, `Look into ${FOUND}`, HOW].join('\n');
	}
}

/** Runs in the page: the pieces, PNG in base64. */
async function cut({ sheet, boxes }: { sheet: string; boxes: Box[] }): Promise<string[]> {
	const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${sheet}`)).blob());
	return boxes.map(({ x, y, width, height }) => {
		const canvas = document.createElement('canvas');
		Object.assign(canvas, { width, height });
		canvas.getContext('2d')?.drawImage(bitmap, -x, -y);
		return canvas.toDataURL('image/png').replace(/^.*,/, '');
	});
}
