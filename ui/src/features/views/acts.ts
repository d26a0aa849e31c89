/** What a person does to saved views. Each is told, and a deleted view comes back with undo. */
import { call } from '../../api/client';
import type { Look, SavedViewId, View, ViewDraft, ViewId } from '../../api/generated';
import { m } from '../../i18n/index.svelte';
import { desk, sameScope, standard } from '../../shared/desk.svelte';
import { attemptUndoable, say } from '../../shared/toasts.svelte';

export const draftOf = ({ name, folder, query, look }: View): ViewDraft => ({ name, folder, query, look });

/** Saves a view and, when it is new, goes there. Throws what the desk refuses, so that the dialog can say it. */
export async function saveView(view: SavedViewId | null, draft: ViewDraft): Promise<void> {
	const id = await call('save_view', { view, draft });
	if (view === null) desk.goTo({ kind: 'view', view: { kind: 'saved', view: id } });
	say(() => (view === null ? m.view_saved({ name: draft.name }) : m.view_changed({ name: draft.name })));
}

export async function moveView(view: View, folder: string): Promise<void> {
	const { id } = view;
	if (id.kind !== 'saved' || view.folder === folder) return;
	const move = (to: string): Promise<unknown> => call('save_view', { view: id.view, draft: { ...draftOf(view), folder: to } });
	await attemptUndoable(async () => {
		await move(folder);
		say(
			() => (folder === '' ? m.view_moved_out({ name: view.name }) : m.view_moved({ name: view.name, folder })),
			async () => void (await move(view.folder)),
		);
	});
}

export async function deleteView(view: View): Promise<void> {
	const { id } = view;
	if (id.kind !== 'saved') return;
	await attemptUndoable(async () => {
		const shown = sameScope(desk.scope, { kind: 'view', view: id });
		if (shown) desk.goTo(standard('open'));
		await call('delete_view', { view: id.view });
		say(
			() => m.view_deleted({ name: view.name }),
			async () => {
				const again = await call('save_view', { view: null, draft: draftOf(view) });
				if (shown) desk.goTo({ kind: 'view', view: { kind: 'saved', view: again } });
			},
		);
	});
}

export const setLook = (view: ViewId, look: Look): Promise<unknown> => call('set_look', { view, look });
