/** The agent window over a fake desk, ready to be used. */
import { render, screen } from '@testing-library/svelte';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import type { Component } from 'svelte';
import { usePlatform } from '../../platform';
import { FakeDesk, type FakeOptions } from './fakeDesk';

export interface Shown {
	fake: FakeDesk;
	user: UserEvent;
}

/** Draws `window` and waits until its first list is there. */
export async function show(window: Component, options: FakeOptions = {}, prepare: (fake: FakeDesk) => void = () => undefined): Promise<Shown> {
	const fake = new FakeDesk(options);
	prepare(fake);
	usePlatform(fake);
	render(window);
	await screen.findByRole('button', { name: /Settings|设置/ });
	return { fake, user: userEvent.setup() };
}

export const rows = (): HTMLElement[] => screen.queryAllByRole('option').filter((one) => one.classList.contains('ticket-row'));
export const subjects = (): string[] => rows().map((row) => row.querySelector('.subject')?.textContent ?? '');
export const current = (): HTMLElement | undefined => rows().find((row) => row.getAttribute('aria-selected') === 'true');
