/**
 * Where the interface runs: in the desk's own window, or in a browser over loopback HTTP.
 * The only place that knows; everything else calls these functions.
 */
import { isTauri } from '@tauri-apps/api/core';
import type { DeskEvent, OutgoingAttachment, Scope, TicketId } from '../api/generated';
import { browser } from './browser';
import { tauri } from './tauri';
import type { FileToAttach, Platform } from './types';

export type { FileToAttach, Platform } from './types';

let platform: Platform | undefined;

function current(): Platform {
	platform ??= isTauri() ? tauri() : browser();
	return platform;
}

/** Puts another platform in place, for tests and previews. */
export function usePlatform(other: Platform): void {
	platform = other;
}

export const kind = (): Platform['kind'] => current().kind;
export const call = (name: string, args: object): Promise<unknown> => current().call(name, args);
export const listen = (heard: (event: DeskEvent) => void, line: (up: boolean) => void): (() => void) =>
	current().listen(heard, line);
export const letterBase = (): string => current().letterBase;
export const pickArchive = (): Platform['pickArchive'] => current().pickArchive;
export const openLink = (url: string): Promise<void> => current().openLink(url);
export const windowTitle = (title: string): void => current().windowTitle(title);
export const bringAgent = (scope: Scope | undefined): void => current().bringAgent(scope);
export const openDashboard = (): void => current().openDashboard();
export const attach = (ticket: TicketId, file: FileToAttach, inline: boolean): Promise<OutgoingAttachment> =>
	current().attach(ticket, file, inline);
