import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** What a layer may not reach. `platform` alone knows the shell; imports point downward: shared, features, windows. */
const shell = { group: ['@tauri-apps/*'], message: 'Only platform/ speaks to the shell.' };
const windows = { group: ['**/windows/**'], message: 'Windows are made of features, never the other way round.' };
const features = { group: ['**/features/**'], message: 'Shared code knows no feature.' };
const generated = { group: ['**/i18n/generated/**'], message: 'Import messages from i18n/.' };

const layer = (files, ...patterns) => ({
	files,
	rules: { 'no-restricted-imports': ['error', { patterns }] },
});

export default ts.config(
	{ ignores: ['dist', 'node_modules', 'src/i18n/generated', 'src/api/generated.ts'] },
	...ts.configs.strict,
	...svelte.configs.recommended,
	{ languageOptions: { globals: { ...globals.browser, ...globals.node } } },
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
	},
	{
		rules: {
			eqeqeq: ['error', 'smart'],
			'no-console': 'error',
			'@typescript-eslint/no-non-null-assertion': 'error',
			'@typescript-eslint/no-explicit-any': 'error',
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
			'@typescript-eslint/no-invalid-void-type': 'off',
			'svelte/no-at-html-tags': 'error',
			'svelte/button-has-type': 'error',
			// Caches beside the state are plain on purpose: nothing is drawn from them.
			'svelte/prefer-svelte-reactivity': 'off',
		},
	},
	layer(['src/**/*.{ts,svelte}'], shell, generated),
	layer(['src/i18n/**'], shell),
	layer(['src/platform/**'], windows, features),
	layer(['src/{api,shared}/**/*.{ts,svelte}'], shell, generated, windows, features),
	layer(['src/features/**/*.{ts,svelte}'], shell, generated, windows),
	{ files: ['**/*.test.ts', 'tests-browser/**'], rules: { '@typescript-eslint/no-non-null-assertion': 'off' } },
);
