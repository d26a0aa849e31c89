import { defineConfig } from 'vitest/config';

/** Against a running desk in Chromium: the built interface and the real program, nothing replaced. */
export default defineConfig({
	test: {
		environment: 'node',
		include: ['tests-browser/**/*.test.ts'],
		testTimeout: 60_000,
		hookTimeout: 120_000,
		fileParallelism: false,
	},
});
