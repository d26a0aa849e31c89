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
Range.prototype.getClientRects ??= () => [] as unknown as DOMRectList;
Range.prototype.getBoundingClientRect ??= () => new DOMRect();
document.elementFromPoint ??= () => null;
Blob.prototype.arrayBuffer ??= function read(this: Blob): Promise<ArrayBuffer> {
	return new Promise((done, failed) => {
		const reader = new FileReader();
		reader.onload = () => done(reader.result as ArrayBuffer);
		reader.onerror = () => failed(reader.error ?? new Error('unreadable'));
		reader.readAsArrayBuffer(this);
	});
};
Element.prototype.scrollIntoView ??= () => undefined;
window.matchMedia ??= (media: string) =>
	({ media, matches: false, addEventListener: () => undefined, removeEventListener: () => undefined }) as unknown as MediaQueryList;

afterEach(() => {
	desk.stop();
	localStorage.clear();
});
