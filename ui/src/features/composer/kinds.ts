/** How the ways of replying are called. */
import type { ReplyKind } from '../../api/generated';
import { m } from '../../i18n/index.svelte';

export const KINDS: ReplyKind[] = ['reply', 'reply_all', 'forward'];
export const kindKeys: Record<ReplyKind, string> = { reply: 'r', reply_all: 'shift+r', forward: 'f' };

const names = { reply: m.reply_kind_reply, reply_all: m.reply_kind_reply_all, forward: m.reply_kind_forward };
export const kindName = (kind: ReplyKind): string => names[kind]();
