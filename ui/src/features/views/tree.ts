/** The saved views as the rail shows them: those without a folder first, then each folder, all by name. Pure. */
import type { View } from '../../api/generated';

export interface Folder {
	/** Empty for what lies in none. */
	name: string;
	views: View[];
}

/** Numbers inside names count as numbers; a name's language decides its own order. */
const order = new Intl.Collator(['zh-CN', 'en'], { numeric: true, sensitivity: 'base' });

export function folders(views: View[]): Folder[] {
	const found = new Map<string, View[]>([['', []]]);
	for (const view of views) {
		if (view.id.kind !== 'saved') continue;
		const inside = found.get(view.folder);
		if (inside === undefined) found.set(view.folder, [view]);
		else inside.push(view);
	}
	return [...found]
		.map(([name, inside]) => ({ name, views: inside.toSorted((a, b) => order.compare(a.name, b.name)) }))
		.sort((a, b) => Number(a.name !== '') - Number(b.name !== '') || order.compare(a.name, b.name));
}

/** The names of the folders there are. */
export const folderNames = (views: View[]): string[] => folders(views).map(({ name }) => name).filter((name) => name !== '');
