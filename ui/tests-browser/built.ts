/**
 * Builds the interface and the components page once for all browser tests, as for development, and serves them on this machine: nothing is
 * loaded anew while a test runs, and the desk in memory is there.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, preview } from 'vite';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
	export interface ProvidedContext {
		/** Where they are served, without a slash at its end. */
		preview: string;
	}
}

export default async function serve(project: TestProject): Promise<() => Promise<void>> {
	const outDir = mkdtempSync(join(tmpdir(), 'foredeck-preview-'));
	const before = process.env.NODE_ENV;
	process.env.NODE_ENV = 'development';
	await build({ mode: 'development', logLevel: 'error', build: { outDir, minify: false, sourcemap: false, rolldownOptions: { input: ['index.html', 'components.html'] } } });
	process.env.NODE_ENV = before;
	const server = await preview({ logLevel: 'error', build: { outDir }, preview: { port: 0, strictPort: false, host: '127.0.0.1' } });
	project.provide('preview', `http://127.0.0.1:${(server.httpServer.address() as AddressInfo).port}`);
	return async () => {
		await server.close();
		rmSync(outDir, { recursive: true, force: true });
	};
}
