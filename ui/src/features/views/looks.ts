/** What views are called, and what can be chosen of how their lists look. */
import type { Column, Look, Sort, StandardView, View } from '../../api/generated';
import { m } from '../../i18n/index.svelte';

export const usualColumns: readonly Column[] = ['snippet', 'tags', 'messages'];
export const usualLook = (): Look => ({ sort: 'newest', columns: [...usualColumns] });

const standardNames: Record<StandardView, () => string> = { open: m.view_open, waiting: m.view_waiting, closed: m.view_closed, urgent: m.view_urgent };
const sortNames: Record<Sort, () => string> = { newest: m.view_sort_newest, oldest: m.view_sort_oldest, longest_wait: m.view_sort_longest_wait, priority: m.view_sort_priority };
const columnNames: Record<Column, () => string> = {
	snippet: m.view_column_snippet, tags: m.view_column_tags, messages: m.view_column_messages,
	priority: m.view_column_priority, channel: m.view_column_channel, source: m.view_column_source,
};

export const allSorts = Object.keys(sortNames) as Sort[];
export const allColumns = Object.keys(columnNames) as Column[];
export const standardName = (view: StandardView): string => standardNames[view]();
export const sortName = (sort: Sort): string => sortNames[sort]();
export const columnName = (column: Column): string => columnNames[column]();

/** What a view is called where people read it. */
export const nameOf = (view: View): string => (view.id.kind === 'standard' ? standardName(view.id.view) : view.name);

/** Columns in their own order, whichever way they were chosen. */
export const inOrder = (columns: readonly string[]): Column[] => allColumns.filter((column) => columns.includes(column));
