/// <reference types="svelte" />
/// <reference types="vite/client" />

/** The set's icons one by one, so that a page carries only those it draws. */
declare module 'lucide/dist/esm/icons/*.mjs' {
	import type { IconNode } from 'lucide';
	const drawing: IconNode;
	export default drawing;
}
