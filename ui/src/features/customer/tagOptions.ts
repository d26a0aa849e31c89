/** What a tag picker offers for what was typed. Pure. */
import type { Tag } from '../../api/generated';

export interface TagOptions {
	/** Known tags that are not on yet and hold what was typed. */
	known: Tag[];
	/** A new tag's name, when no tag is called what was typed. */
	create: string | undefined;
}

const OFFERED = 50;
const key = (name: string): string => name.trim().toLocaleLowerCase();

export function tagOptions(tags: Tag[], on: Pick<Tag, 'name'>[], typed: string): TagOptions {
	const asked = key(typed);
	const taken = new Set(on.map((tag) => key(tag.name)));
	const free = tags.filter((tag) => tag.layer === 'base' && !taken.has(key(tag.name)));
	const exists = taken.has(asked) || tags.some((tag) => key(tag.name) === asked);
	return {
		known: free.filter((tag) => key(tag.name).includes(asked)).slice(0, OFFERED),
		create: asked === '' || exists ? undefined : typed.trim(),
	};
}
