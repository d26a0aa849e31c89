/** What the settings say about looks, put on the page: theme, density and language. The theme is remembered so that nothing flashes at the next start. */
import type { Settings, Theme } from '../api/generated';
import { setLanguage } from '../i18n/index.svelte';

const KEY = 'foredeck.theme';

export function applyAppearance(settings: Settings): void {
	setLanguage(settings.language);
	applyTheme(settings.theme);
	document.documentElement.dataset.density = settings.density;
	try {
		localStorage.setItem(KEY, settings.theme);
	} catch {
		// Without storage the next start begins in the system's theme.
	}
}

/** Declares a custom property where alone one may be declared, or with `null` takes it back. */
export function setOnRoot(property: `--${string}`, value: string | null): void {
	document.documentElement.style.setProperty(property, value);
}

/** The theme of the last start, before the settings are here. */
export function applyLastTheme(): void {
	const last = localStorage.getItem(KEY);
	if (last === 'light' || last === 'dark') applyTheme(last);
}

function applyTheme(theme: Theme): void {
	if (theme === 'system') delete document.documentElement.dataset.theme;
	else document.documentElement.dataset.theme = theme;
}
