/** Everything a person can do in the agent window, once: the keys, the palette and the keys page all read this list. */
import { call } from '../../api/client';
import type { StandardView, Status } from '../../api/generated';
import { found } from '../../features/conversation/found.svelte';
import type { Command } from '../../features/keys/command';
import { locale, m } from '../../i18n/index.svelte';
import * as platform from '../../platform';
import { desk, standard, type Writing } from '../../shared/desk.svelte';
import { undo } from '../../shared/actions';
import { seenRow } from '../../shared/rows';
import { attempt } from '../../shared/toasts.svelte';

export interface Around {
	/** Leaves whatever is over or in front, one step at a time. */
	escape(): void;
	toggleCustomer(): void;
	focusConversation(): void;
}

const some = (): boolean => desk.targets().length > 0;
const ready = (): boolean => desk.boot !== undefined && !desk.empty;
const listed = (): boolean => ready() && desk.list !== undefined;

export function commands(around: Around): Command[] {
	return [...moving(around), ...changing(), ...going(), ...finding(around), ...named()];
}

function moving(around: Around): Command[] {
	const move = { group: 'move' as const, when: listed, unnamed: true };
	return [
		{ ...move, id: 'next', title: m.cmd_next, keys: ['j', 'ArrowDown'], run: () => desk.list?.next() },
		{ ...move, id: 'previous', title: m.cmd_previous, keys: ['k', 'ArrowUp'], run: () => desk.list?.previous() },
		{ ...move, id: 'first', title: m.cmd_first, keys: ['Home'], run: () => desk.list?.first() },
		{ ...move, id: 'last', title: m.cmd_last, keys: ['End'], run: () => desk.list?.last() },
		{ ...move, id: 'read', title: m.cmd_read, keys: ['Enter'], when: () => desk.ticket !== undefined && focusInList(), run: () => around.focusConversation() },
		{ ...move, id: 'show_new', title: m.cmd_show_new, keys: ['.'], unnamed: false, run: () => desk.list?.showNew() },
		{ ...move, id: 'pick', title: m.cmd_pick, keys: ['x'], run: () => desk.list?.pick() },
		{ ...move, id: 'pick_down', title: m.cmd_pick_down, keys: ['Shift+j', 'Shift+ArrowDown'], run: () => desk.list?.pickTo(1) },
		{ ...move, id: 'pick_up', title: m.cmd_pick_up, keys: ['Shift+k', 'Shift+ArrowUp'], run: () => desk.list?.pickTo(-1) },
		{ ...move, id: 'pick_all', title: m.cmd_pick_all, keys: ['mod+a'], when: () => listed() && focusInList(), unnamed: false, run: () => desk.list?.pickAll() },
		{ ...move, id: 'escape', title: m.cmd_escape, keys: ['Escape'], when: undefined, run: () => around.escape() },
	];
}

function changing(): Command[] {
	const change = { group: 'change' as const, when: some };
	const status = (to: Status) => () => desk.setStatus(desk.targets(), to);
	return [
		{ ...change, id: 'close', title: m.cmd_close, keys: ['e'], run: status('closed') },
		{ ...change, id: 'waiting', title: m.cmd_waiting, keys: ['w'], run: status('waiting') },
		{ ...change, id: 'open', title: m.cmd_open, keys: ['o'], run: status('open') },
		{ ...change, id: 'urgent', title: m.cmd_urgent, keys: ['!'], run: () => desk.setPriority(desk.targets(), allUrgent() ? 'normal' : 'urgent') },
		{ ...change, id: 'tag', title: m.cmd_tag, keys: ['t'], run: () => (desk.overlay = { kind: 'tag', tickets: desk.targets() }) },
		{ ...change, id: 'unread', title: m.cmd_unread, keys: ['u'], run: () => desk.markRead(desk.targets(), false) },
		{ ...change, id: 'mark_read', title: m.cmd_mark_read, keys: ['Shift+u'], run: () => desk.markRead(desk.targets(), true) },
		{ ...change, id: 'take', title: m.cmd_take, keys: ['a'], when: isUrgent, run: () => desk.ticket && desk.acknowledge(desk.ticket) },
		...writing(),
		{ ...change, id: 'undo', title: m.cmd_undo, keys: ['mod+z'], when: undefined, run: () => undo() },
	];
}

function writing(): Command[] {
	const write = (id: string, what: Writing, title: () => string, keys: string): Command => ({
		id, group: 'change', title, keys: [keys], when: () => desk.ticket !== undefined, run: () => desk.write(what),
	});
	return [
		write('reply', 'reply', m.cmd_reply, 'r'),
		write('reply_all', 'reply_all', m.cmd_reply_all, 'Shift+r'),
		write('forward', 'forward', m.cmd_forward, 'f'),
		write('note', 'note', m.cmd_note, 'n'),
	];
}

function going(): Command[] {
	const to = (view: StandardView, title: () => string, keys: string): Command => ({
		id: `go_${view}`, group: 'go', title, keys: [keys], when: ready, unnamed: true, run: () => desk.goTo(standard(view)),
	});
	return [
		to('open', m.cmd_go_open, 'g o'),
		to('urgent', m.cmd_go_urgent, 'g u'),
		to('waiting', m.cmd_go_waiting, 'g w'),
		to('closed', m.cmd_go_closed, 'g c'),
		{ id: 'outbox', group: 'go', title: m.cmd_outbox, keys: ['g b'], when: ready, run: () => (desk.overlay = { kind: 'outbox' }) },
	];
}

function finding(around: Around): Command[] {
	return [
		{ id: 'palette', group: 'find', title: m.cmd_palette, keys: ['mod+k'], anywhere: true, unnamed: true, run: togglePalette },
		{ id: 'search', group: 'find', title: m.cmd_search, keys: ['/'], when: ready, run: () => desk.focusSearch() },
		{ id: 'found_next', group: 'find', title: m.search_found_next, keys: ['F3'], anywhere: true, when: () => found.count > 0, run: () => found.next() },
		{ id: 'found_previous', group: 'find', title: m.search_found_previous, keys: ['Shift+F3'], anywhere: true, when: () => found.count > 0, run: () => found.previous() },
		{ id: 'customer', group: 'find', title: m.cmd_customer, keys: ['p'], when: () => desk.ticket !== undefined, run: () => around.toggleCustomer() },
		{ id: 'save_view', group: 'find', title: m.view_save_search, keys: [], when: () => desk.scope.kind === 'search' && desk.queryProblem === undefined, run: saveSearch },
		{ id: 'new_view', group: 'find', title: m.view_new, keys: [], when: ready, run: () => (desk.overlay = { kind: 'view' }) },
		{ id: 'dashboard', group: 'find', title: m.cmd_dashboard, keys: ['g d'], when: ready, run: () => platform.openDashboard() },
		{ id: 'keys', group: 'find', title: m.cmd_keys, keys: ['?'], run: () => (desk.overlay = { kind: 'keys' }) },
		{ id: 'settings', group: 'find', title: m.cmd_settings, keys: ['mod+,'], run: () => (desk.overlay = { kind: 'settings' }) },
	];
}

/** What has no key of its own. */
function named(): Command[] {
	const plain = { group: 'find' as const, keys: [] };
	const theme = (to: 'light' | 'dark' | 'system') => ({ when: () => desk.settings?.theme !== to, run: () => desk.saveSettings({ theme: to }) });
	return [
		{ ...plain, id: 'sync', title: m.cmd_sync, when: () => desk.links.length > 0, run: syncAll },
		{ ...plain, id: 'theme_light', title: m.cmd_theme_light, ...theme('light') },
		{ ...plain, id: 'theme_dark', title: m.cmd_theme_dark, ...theme('dark') },
		{ ...plain, id: 'theme_system', title: m.cmd_theme_system, ...theme('system') },
		{ ...plain, id: 'density', title: m.cmd_density, run: () => desk.saveSettings({ density: desk.settings?.density === 'compact' ? 'regular' : 'compact' }) },
		{ ...plain, id: 'language', title: m.cmd_language, run: () => desk.saveSettings({ language: locale() === 'en' ? 'zh-CN' : 'en' }) },
	];
}

const allUrgent = (): boolean => desk.targets().every((ticket) => seenRow(ticket)?.priority === 'urgent');
const isUrgent = (): boolean => desk.ticket !== undefined && seenRow(desk.ticket)?.urgent != null;
const focusInList = (): boolean => document.activeElement?.getAttribute('role') === 'listbox' || document.activeElement === document.body;

function saveSearch(): void {
	if (desk.searched !== undefined) desk.overlay = { kind: 'view', query: desk.searched };
}

/** The field is the palette's way in; pressed again, it closes. */
function togglePalette(): void {
	desk.overlay = desk.overlay?.kind === 'palette' ? undefined : { kind: 'palette' };
}

function syncAll(): Promise<unknown> {
	return attempt(() => Promise.all(desk.links.map(({ source }) => call('sync_now', { source }))));
}
