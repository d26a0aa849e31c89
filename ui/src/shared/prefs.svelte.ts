/** How the agent's window is laid out: the list's width and whether the customer is shown. Kept with the settings; never anything about a customer. */
import type { Layout, Settings } from '../api/generated';
import { desk } from './desk.svelte';

/** A dragged edge is kept once it rests. */
const REST_MS = 400;

export const layout = $state<Layout>({ list: 0, customer: true });

let later: ReturnType<typeof setTimeout> | undefined;

/** Takes over what is kept, unless something newer is on its way there. */
export function applyLayout(settings: Settings): void {
	if (later === undefined) Object.assign(layout, settings.layout);
}

export function keepLayout(change: Partial<Layout>): void {
	Object.assign(layout, change);
	clearTimeout(later);
	later = setTimeout(() => {
		later = undefined;
		void desk.saveSettings({ layout: { ...layout } });
	}, REST_MS);
}
