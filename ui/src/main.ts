/** Starts a window: the agent's, or with `?window=dashboard` the supervisor's. In development `?fake` puts a desk in memory behind it. */
import { mount } from 'svelte';
import { usePlatform } from './platform';
import { applyLastTheme } from './shared/appearance.svelte';
import './styles/app.css';

const asked = new URLSearchParams(location.search);

if (import.meta.env.DEV && asked.has('fake')) {
	const { preview } = await import('./shared/testing/preview');
	usePlatform(preview(asked));
}

applyLastTheme();
const { default: Window } =
	asked.get('window') === 'dashboard'
		? await import('./windows/dashboard/Dashboard.svelte')
		: await import('./windows/agent/Agent.svelte');
mount(Window, { target: document.getElementById('app') ?? document.body });
