/** Every problem has a sentence and a next step in both languages, whatever is missing from it. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Problem, ProblemCode } from '../api/generated';
import { setLanguage } from '../i18n/index.svelte';
import { problemDetails, problemHelp, problemSentence, problemTitle } from './problems';

/** Exhaustive by type: a new code does not compile here until it is named. */
const all: Record<ProblemCode, true> = {
	host_unknown: true, unreachable: true, line_dropped: true, certificate_refused: true, encryption_refused: true, password_refused: true,
	authorisation_expired: true, authorisation_abandoned: true, server_nonsense: true, server_busy: true, folder_missing: true,
	settings_not_found: true, secret_missing: true, key_store_missing: true, passphrase_wrong: true, workspace_newer: true,
	workspace_damaged: true, workspace_in_use: true, disk_full: true, file_unreadable: true, file_exists: true, query_invalid: true, password_command_failed: true, not_the_sample: true, view_name_gone: true, too_many_views: true, not_found: true,
	invalid: true, notifications_unavailable: true,
	recipients_refused: true, sender_refused: true, message_too_large: true, message_refused: true, delivery_deferred: true, outcome_unknown: true,
	guard_unreadable: true, sending_not_set_up: true, copy_not_filed: true, no_recipients: true, too_many_recipients: true, address_invalid: true,
	nothing_written: true, text_too_long: true, attachment_too_large: true, attachment_missing: true, draft_exists: true, already_sent: true, replies_held: true, internal: true,
};
const codes = Object.keys(all) as ProblemCode[];
const of = (code: ProblemCode, params: Record<string, string> = {}): Problem => ({ code, params, cause: null });

afterEach(() => setLanguage('en'));

describe.each(['en', 'zh-CN'] as const)('in %s', (language) => {
	it.each(codes)('%s says what happened and what to do', (code) => {
		setLanguage(language);
		const general = problemTitle(of('internal'));
		expect(problemTitle(of(code))).not.toMatch(/undefined|problem_/);
		expect(problemHelp(of(code))).toMatch(/\S/);
		if (code !== 'internal') expect(problemTitle(of(code))).not.toBe(general);
	});

	it.each(['expired', 'not_yet_valid', 'wrong_name', 'unknown_issuer', 'revoked', 'other'])('a certificate refused as %s has a reason of its own', (why) => {
		setLanguage(language);
		const help = problemHelp(of('certificate_refused', { why, host: 'imap.x.example' }));
		expect(help).not.toBe(problemHelp(of('certificate_refused')));
		expect(help).not.toMatch(/undefined/);
	});
});

it('a reason nobody knows is told in general', () => {
	expect(problemHelp(of('certificate_refused', { why: 'new_reason' }))).toBe(problemHelp(of('certificate_refused')));
});

it('Chinese sentences follow each other without a space', () => {
	setLanguage('zh-CN');
	expect(problemSentence(of('disk_full'))).toBe('磁盘已满。请腾出空间。之前保存的都安全；最后一步没有保存。');
});

it('the details hold the code, the parameters and the cause, and no sentence', () => {
	expect(problemDetails({ code: 'password_refused', params: { host: 'h' }, cause: 'NO [AUTHENTICATIONFAILED]' })).toBe('password_refused\nhost: h\nNO [AUTHENTICATIONFAILED]');
});
