/**
 * The interface over the desk in memory, in Chromium: for what only a real browser does (input methods, the clipboard, dropped files, layout).
 * Built once as for development, so that nothing is loaded anew while a test runs.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, preview, type PreviewServer } from 'vite';
import { openPage, type Desk } from './desk';

export interface Preview {
	/** A page of its own on a desk of its own, as `?fake&…` asks for it. */
	open(asked?: string): Promise<Desk>;
	stop(): Promise<void>;
}

export async function startPreview(): Promise<Preview> {
	const outDir = mkdtempSync(join(tmpdir(), 'foredeck-preview-'));
	const before = process.env.NODE_ENV;
	process.env.NODE_ENV = 'development';
	await build({ mode: 'development', logLevel: 'error', build: { outDir, minify: false, sourcemap: false } });
	process.env.NODE_ENV = before;
	const server = await preview({ logLevel: 'error', build: { outDir }, preview: { port: 0, strictPort: false, host: '127.0.0.1' } });
	return {
		open: (asked = '') => openPage(`${addressOf(server)}/?fake&${asked}`, async () => undefined),
		stop: async () => {
			await server.close();
			rmSync(outDir, { recursive: true, force: true });
		},
	};
}

function addressOf({ httpServer }: PreviewServer): string {
	return `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}`;
}
