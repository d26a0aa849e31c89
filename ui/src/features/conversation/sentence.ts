/** What happened to a ticket, as a sentence: who did what, or what the desk did by itself. */
import type { Event } from '../../api/generated';
import { m } from '../../i18n/index.svelte';
import { priorityName, statusName } from '../../shared/actions';
import { urgentReason } from '../../shared/reason';

export function eventSentence({ who, what }: Event): string {
	const desk = who === '';
	switch (what.kind) {
		case 'status': {
			const change = { from: statusName(what.from), to: statusName(what.to) };
			return desk ? m.conversation_event_status_desk(change) : m.conversation_event_status({ who, ...change });
		}
		case 'priority': {
			const change = { from: priorityName(what.from), to: priorityName(what.to) };
			return desk ? m.conversation_event_priority_desk(change) : m.conversation_event_priority({ who, ...change });
		}
		case 'tag_added':
			return desk ? m.conversation_event_tag_added_desk({ tag: what.tag }) : m.conversation_event_tag_added({ who, tag: what.tag });
		case 'tag_removed':
			return desk ? m.conversation_event_tag_removed_desk({ tag: what.tag }) : m.conversation_event_tag_removed({ who, tag: what.tag });
		case 'urgent':
			return m.conversation_event_urgent({ reason: urgentReason(what.reason) });
		case 'acknowledged':
			return desk ? m.conversation_event_acknowledged_desk() : m.conversation_event_acknowledged({ who });
	}
}
