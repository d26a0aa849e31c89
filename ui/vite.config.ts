import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type HtmlTagDescriptor, type Plugin, type Rollup } from 'vite';

/**
 * The window that is started is nearly always the agent's: what it is made of is fetched beside the page's own script, not once that has asked
 * for it. So is the font: text that is first drawn with another is laid out and painted twice.
 */
function agentAtOnce(): Plugin {
	return {
		name: 'agent-at-once',
		apply: 'build',
		transformIndexHtml: {
			order: 'post',
			handler(html, { bundle = {} }) {
				const wanted = new Set<string>();
				const styles = new Set<string>();
				const add = (name: string): void => {
					const chunk = bundle[name];
					if (wanted.has(name) || chunk?.type !== 'chunk') return;
					wanted.add(name);
					chunk.imports.forEach(add);
					chunk.viteMetadata?.importedCss.forEach((style) => styles.add(style));
				};
				const isAgent = (one: Rollup.OutputChunk | Rollup.OutputAsset): boolean => one.type === 'chunk' && (one.facadeModuleId ?? '').endsWith('/agent/Agent.svelte');
				Object.values(bundle).filter(isAgent).forEach(({ fileName }) => add(fileName));
				const tag = (rel: string, file: string, attrs = {}): HtmlTagDescriptor => ({ tag: 'link', attrs: { rel, ...attrs, crossorigin: true, href: `/${file}` }, injectTo: 'head' });
				const fonts = Object.keys(bundle).filter((file) => file.endsWith('.woff2'));
				const missing = (file: string): boolean => !html.includes(file);
				return [
					...fonts.map((file) => tag('preload', file, { as: 'font', type: 'font/woff2' })),
					...[...wanted].filter(missing).map((file) => tag('modulepreload', file)),
					...[...styles].filter(missing).map((file) => tag('stylesheet', file)),
				];
			},
		},
	};
}

export default defineConfig({
	plugins: [
		paraglideVitePlugin({ project: './project.inlang', outdir: './src/i18n/generated' }),
		svelte(),
		agentAtOnce(),
	],
	// The content policy allows no data: fonts and no inline script.
	build: { target: ['chrome123', 'safari17.5'], assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 800 },
	server: { port: 5173, strictPort: true },
	clearScreen: false,
});
