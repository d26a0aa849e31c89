/** Starts a window: the agent's, or with `?window=dashboard` the supervisor's. In development `?fake` puts a desk in memory behind it. */
import { mount } from 'svelte';
import { usePlatform } from './platform';
import { applyLastTheme } from './shared/appearance.svelte';
import { askOpening } from './shared/opening';
import './styles/app.css';

const asked = new URLSearchParams(location.search);

if (import.meta.env.DEV && asked.has('fake')) {
	const { preview } = await import('./shared/testing/preview');
	usePlatform(preview(asked));
}

applyLastTheme();
// Text that is laid out before its font is here looks for another in every size and weight, and is then laid out again.
for (const face of ['Inter Variable', 'Inter Variable ZH']) document.fonts.load(`1em "${face}"`).catch(() => undefined);
const isDashboard = asked.get('window') === 'dashboard';
if (!isDashboard && !asked.has('show')) askOpening();
const { default: Window } = isDashboard
	? await import('./windows/dashboard/Dashboard.svelte')
	: await import('./windows/agent/Agent.svelte');
mount(Window, { target: document.getElementById('app') ?? document.body });
