import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig, mergeConfig } from 'vitest/config';
import vite from './vite.config';

export default mergeConfig(
	vite,
	defineConfig({
		plugins: [svelteTesting()],
		test: {
			environment: 'jsdom',
			include: ['src/**/*.test.ts'],
			setupFiles: ['src/shared/testing/setup.ts'],
			restoreMocks: true,
			// A machine that builds something else meanwhile is slow, not wrong.
			testTimeout: 30_000,
		},
	}),
);
