/**
 * The approved pictures of the components page. `FOREDECK_PICTURES=update` approves what is there now: pictures that differ are written anew,
 * the others stay as they are. Without it, what differs is put where a person finds it, beside what it differs from.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { compare, hand, piece, type Box, type Sheet } from './compare';
import { small } from './png';

const APPROVED = resolve('tests-browser/pictures');
const FOUND = resolve('../target/pictures');
const HOW = 'Right so? FOREDECK_PICTURES=update npm --prefix ui run test:browser -- components';

export class Pictures {
	readonly #update = process.env.FOREDECK_PICTURES === 'update';
	readonly #taken = new Set<string>();
	readonly #wrong: string[] = [];

	/** `page` decodes and compares; it shows nothing else. */
	constructor(private readonly page: Page) {
		rmSync(FOUND, { recursive: true, force: true });
	}

	/** Holds the pieces of a picture against the approved pictures of their names. */
	async hold(picture: Buffer, pieces: Iterable<[string, Box]>): Promise<void> {
		const sheet = await hand(this.page, picture);
		for (const [name, box] of pieces) await this.#hold(name, sheet, box);
		await sheet.evaluate((bitmap) => bitmap.close());
	}

	async #hold(name: string, sheet: Sheet, box: Box): Promise<void> {
		this.#taken.add(name);
		const path = join(APPROVED, `${name}.png`);
		const approved = existsSync(path) ? readFileSync(path) : undefined;
		const { same, why, difference } = approved === undefined ? { same: false, why: 'nobody has approved it yet' } : await compare(sheet, box, approved);
		if (same) return;
		const actual = await piece(sheet, box);
		if (this.#update) return writeFileSync(path, await this.#approvable(actual, { ...box, x: 0, y: 0 }));
		mkdirSync(FOUND, { recursive: true });
		if (approved !== undefined) writeFileSync(join(FOUND, `${name}.approved.png`), approved);
		writeFileSync(join(FOUND, `${name}.actual.png`), actual);
		if (difference !== undefined) writeFileSync(join(FOUND, `${name}.difference.png`), Buffer.from(difference, 'base64'));
		this.#wrong.push(`${name}: ${why}`);
	}

	/** As small as it can be without differing from itself. */
	async #approvable(actual: Buffer, box: Box): Promise<Buffer> {
		const sheet = await hand(this.page, actual);
		const lean = await small(sheet);
		return (await compare(sheet, box, lean)).same ? lean : actual;
	}

	/** Everything that is not as it was approved, and how to go on; empty when all is. To be asked at the end. */
	verdict(): string {
		const left = readdirSync(APPROVED).filter((file) => file.endsWith('.png') && !this.#taken.has(file.replace(/\.png$/, '')));
		if (this.#update) left.forEach((file) => rmSync(join(APPROVED, file)));
		const wrong = [...this.#wrong, ...(this.#update ? [] : left.map((file) => `${file}: no part is pictured by this name any more`))];
		return wrong.length === 0 ? '' : [...wrong, `Look into ${FOUND}`, HOW].join('\n');
	}
}
