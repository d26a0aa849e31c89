/**
 * Which answers each cache tag makes stale. The table is exhaustive by type: a tag that is not handled here does not compile.
 */
import type { Args, CallName } from './client';
import type { CacheTag } from './generated';

type Kind = CacheTag['kind'];
type Tagged<K extends Kind> = Extract<CacheTag, { kind: K }>;
type Reads<K extends Kind> = { [C in CallName]?: (tag: Tagged<K>, args: Args<C>) => boolean };

const always = (): boolean => true;

const reads: { [K in Kind]: Reads<K> } = {
	views: { views: always, boot: always },
	lists: { tickets: always, board: always },
	ticket: {
		conversation: (tag, args) => tag.ticket === args.ticket,
		earlier_messages: (tag, args) => tag.ticket === args.ticket,
		note_draft: (tag, args) => tag.ticket === args.ticket,
	},
	customer: {
		customer: (tag, args) => tag.customer === args.customer,
		conversation: always,
	},
	tickets: { conversation: always, earlier_messages: always, note_draft: always },
	customers: { customer: always, conversation: always },
	tags: { tags: always },
	sources: { sources: always, boot: always, conversation: always },
	settings: { settings: always, boot: always, board: always },
	outbox: { outbox: always },
	alerts: { alerts: always, board: always },
};

/** Whether an answer to `name(args)` is stale after `tag`. */
export function isStale<C extends CallName>(tag: CacheTag, name: C, args: Args<C>): boolean {
	const rule = reads[tag.kind][name] as ((tag: CacheTag, args: Args<C>) => boolean) | undefined;
	return rule?.(tag, args) ?? false;
}
