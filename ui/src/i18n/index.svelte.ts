/**
 * The language of the interface, switchable while it runs: messages read a rune, so every sentence on screen follows at once.
 */
import type { Language } from '../api/generated';
import { m } from './generated/messages.js';
import { overwriteGetLocale, type Locale } from './generated/runtime.js';

export { m };
export type { Locale };

let current = $state<Locale>(ofSystem());

overwriteGetLocale(() => current);

export const locale = (): Locale => current;

/** Takes a language from the settings; `system` follows the machine. */
export function setLanguage(language: Language): void {
	current = language === 'system' ? ofSystem() : language;
	document.documentElement.lang = current;
}

function ofSystem(): Locale {
	const first = globalThis.navigator?.languages?.[0] ?? 'en';
	return first.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
}
