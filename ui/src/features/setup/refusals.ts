/** At which field of the connect form a problem is shown, and what a password is called by its provider. Pure. */
import type { Problem, ProblemCode, Server } from '../../api/generated';
import { m } from '../../i18n/index.svelte';

/** Where a server is: each once for the incoming and once for the outgoing one. */
export type Place = 'host' | 'port' | 'encryption';
export type Field = 'address' | 'name' | Place | `smtp_${Place}` | 'user' | 'password' | 'signin' | 'ca';

const FIELDS = new Set<string>(['address', 'name', 'host', 'port', 'encryption', 'user', 'password', 'ca']);

/** Every code is named, so that a new one is a decision and not an accident; `undefined` concerns no field. */
const fields: Record<ProblemCode, Field | undefined> = {
	host_unknown: 'host',
	unreachable: 'port',
	line_dropped: undefined,
	certificate_refused: 'host',
	encryption_refused: 'encryption',
	password_refused: 'password',
	authorisation_expired: 'signin',
	authorisation_abandoned: 'signin',
	server_nonsense: 'port',
	server_busy: undefined,
	folder_missing: undefined,
	settings_not_found: 'address',
	secret_missing: 'password',
	key_store_missing: undefined,
	passphrase_wrong: undefined,
	workspace_newer: undefined,
	workspace_damaged: undefined,
	workspace_in_use: undefined,
	disk_full: undefined,
	file_unreadable: undefined,
	file_exists: undefined,
	query_invalid: undefined,
	password_command_failed: undefined,
	not_the_sample: undefined,
	view_name_gone: undefined,
	too_many_views: undefined,
	not_found: undefined,
	invalid: undefined,
	recipients_refused: undefined,
	sender_refused: undefined,
	message_too_large: undefined,
	message_refused: undefined,
	delivery_deferred: undefined,
	outcome_unknown: undefined,
	guard_unreadable: undefined,
	sending_not_set_up: undefined,
	copy_not_filed: undefined,
	no_recipients: undefined,
	too_many_recipients: undefined,
	address_invalid: 'address',
	nothing_written: undefined,
	text_too_long: undefined,
	attachment_too_large: undefined,
	attachment_missing: undefined,
	draft_exists: undefined,
	already_sent: undefined,
	replies_held: undefined,
	notifications_unavailable: undefined,
	internal: undefined,
};

export function fieldOf(problem: Problem): Field | undefined {
	if (problem.code !== 'invalid') return fields[problem.code];
	const named = (problem.params.field ?? '').replace(/^.*\./, '');
	if (named === 'extra_ca' || named === 'extra_ca_pem') return 'ca';
	if (named === 'imap') return 'host';
	if (named === 'smtp') return 'smtp_host';
	if (named === 'client_id') return 'signin';
	return FIELDS.has(named) ? (named as Field) : undefined;
}

/** The same for a mailbox with both servers: what the outgoing one refuses is shown at its own fields. */
export function fieldOfEither(problem: Problem, imap: Pick<Server, 'host' | 'port'>, smtp: Pick<Server, 'host' | 'port'> | undefined): Field | undefined {
	const field = fieldOf(problem);
	if (smtp === undefined || (field !== 'host' && field !== 'port' && field !== 'encryption')) return field;
	const { host, port } = problem.params;
	const outgoing = host === smtp.host && (smtp.host !== imap.host || port === String(smtp.port));
	return outgoing ? `smtp_${field}` : field;
}

/** Whether trusting a company's own authority could help. */
export const wantsAuthority = (problem: Problem): boolean =>
	problem.code === 'certificate_refused' && ['unknown_issuer', 'other', undefined].includes(problem.params.why);

const hints: [RegExp, () => string][] = [
	[/(^|\.)(gmail|googlemail)\.com$/, m.setup_hint_google],
	[/(^|\.)(qq|foxmail)\.com$/, m.setup_hint_qq],
	[/(^|\.)(163|126|188)\.com$|(^|\.)yeah\.net$/, m.setup_hint_163],
	[/(^|\.)(outlook|hotmail|live|office365)\.com$/, m.setup_hint_microsoft],
	[/(^|\.)(mail\.)?(me|icloud|mac)\.com$/, m.setup_hint_icloud],
	[/(^|\.)yahoo\.(com|co\.[a-z]+|[a-z]+)$/, m.setup_hint_yahoo],
];

/** What this provider wants instead of the password for its website; empty when it is not known to want anything else. */
export function passwordHint(address: string, host: string): string {
	const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
	const known = hints.find(([of]) => of.test(host.trim().toLowerCase())) ?? hints.find(([of]) => of.test(domain));
	return known?.[1]() ?? '';
}
