/** What jsdom lacks and the interface needs. */
import '@testing-library/jest-dom/vitest';
import { configure } from '@testing-library/svelte';
import { afterEach } from 'vitest';
import { desk } from '../desk.svelte';

configure({ asyncUtilTimeout: 10_000 });

class Observer {
	observe(): void {}
	unobserve(): void {}
	disconnect(): void {}
}

globalThis.ResizeObserver ??= Observer;
Element.prototype.scrollIntoView ??= () => undefined;
window.matchMedia ??= (media: string) =>
	({ media, matches: false, addEventListener: () => undefined, removeEventListener: () => undefined }) as unknown as MediaQueryList;

afterEach(() => {
	desk.stop();
	localStorage.clear();
});
