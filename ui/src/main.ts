/** Starts the agent window. In development `?fake` puts a desk in memory behind it. */
import { mount } from 'svelte';
import { usePlatform } from './platform';
import './styles/app.css';
import Agent from './windows/agent/Agent.svelte';
import { applyLastTheme } from './windows/agent/appearance.svelte';

const asked = new URLSearchParams(location.search);

if (import.meta.env.DEV && asked.has('fake')) {
	const { preview } = await import('./shared/testing/preview');
	usePlatform(preview(asked));
}

applyLastTheme();
mount(Agent, { target: document.getElementById('app') ?? document.body });
