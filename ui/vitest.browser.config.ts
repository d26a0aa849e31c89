import { defineConfig } from 'vitest/config';

/** Against a running desk in Chromium: the built interface and the real program, nothing replaced. */
export default defineConfig({
	test: {
		environment: 'node',
		include: ['tests-browser/**/*.test.ts'],
		globalSetup: ['tests-browser/built.ts'],
		testTimeout: 60_000,
		hookTimeout: 120_000,
		// A machine that builds something else meanwhile is slow, not wrong.
		expect: { poll: { timeout: 15_000 } },
		fileParallelism: false,
	},
});
