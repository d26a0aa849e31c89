/** What the interface needs from whatever it runs in. */
import type { DeskEvent, OutgoingAttachment, Scope, TicketId } from '../api/generated';

/** A file on its way into a draft. */
export interface FileToAttach {
	name: string;
	type: string;
	bytes: ArrayBuffer;
}

export interface Platform {
	kind: 'tauri' | 'browser' | 'fake';
	/** Answers, or rejects with a `Problem`. */
	call(name: string, args: object): Promise<unknown>;
	/** Hears every event until the returned function is called; `line` says when the desk itself can't be reached, and when it can again. */
	listen(heard: (event: DeskEvent) => void, line: (up: boolean) => void): () => void;
	/** To be put before a letter's path. */
	letterBase: string;
	/** Lets a person choose an archive; `undefined` where there is no such dialog, `null` when none was chosen. */
	pickArchive: ((kind: 'file' | 'folder') => Promise<string | null>) | undefined;
	/** Opens an address outside of this window. */
	openLink(url: string): Promise<void>;
	windowTitle(title: string): void;
	/** Puts a file into the ticket's draft, inside the text or beside it; bytes don't travel as a call's JSON. Rejects with a `Problem`. */
	attach(ticket: TicketId, file: FileToAttach, inline: boolean): Promise<OutgoingAttachment>;
	/** Brings the agent's window to the front; one that had to be opened shows `scope`. */
	bringAgent(scope: Scope | undefined): void;
	/** Opens the supervisor's window, or brings it to the front. */
	openDashboard(): void;
}
