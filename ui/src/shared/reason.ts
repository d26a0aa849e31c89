/** Why a ticket is urgent, in words. */
import type { UrgentReason } from '../api/generated';
import { duration } from '../i18n/format';
import { m } from '../i18n/index.svelte';

const MINUTE = 60_000;

export function urgentReason(reason: UrgentReason): string {
	switch (reason.kind) {
		case 'priority':
			return m.conversation_urgent_priority();
		case 'vip_waiting':
			return m.conversation_urgent_vip({
				waited: duration(reason.waited_min * MINUTE),
				target: duration(reason.target_min * MINUTE),
			});
		case 'words':
			return m.conversation_urgent_words({ word: reason.word });
	}
}
