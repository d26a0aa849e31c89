/**
 * Connecting a mailbox, step by step: an address, what its domain says about its server, one try that changes nothing, and only then the mailbox.
 * Every refusal is kept at the field it concerns. What was entered is never lost by going back.
 */
import { asProblem, call } from '../../api/client';
import type { Credential, Encryption, MailboxChecked, NewMailbox, Problem, Provider, SourceId } from '../../api/generated';
import { m } from '../../i18n/index.svelte';
import * as platform from '../../platform';
import { addresses, badAddress, badCertificate, badEncryption, badPort, required } from './checks';
import { fieldOfEither, type Field } from './refusals';
import { ServerForm } from './server.svelte';

export type Step = 'address' | 'server' | 'checked';
export type Busy = 'finding' | 'signing_in' | 'checking' | 'adding';

const foundWords: Record<string, () => string> = {
	provider: m.setup_found_provider,
	dns: m.setup_found_dns,
	autoconfig: m.setup_found_autoconfig,
	guess: m.setup_found_guess,
};

export class Connect {
	step = $state<Step>('address');
	busy = $state<Busy>();

	address = $state('');
	name = $state('');
	aliases = $state('');
	host = $state('');
	port = $state('993');
	encryption = $state<Encryption>('tls');
	/** The server for outgoing mail, which takes the same name and password. */
	readonly smtp = new ServerForm();
	/** Whether one answers from this mailbox; else it is only read. */
	sends = $state(false);
	user = $state('');
	password = $state('');
	ca = $state('');

	foundBy = $state('');
	provider = $state<Provider>();
	/** The handle of a finished sign-in. */
	signedIn = $state.raw<{ handle: string; address: string | null }>();
	signInPage = $state<string>();
	checked = $state.raw<MailboxChecked>();
	/** What the last question was refused with. */
	problem = $state.raw<Problem>();
	/** What was seen to be wrong before asking. */
	wrong = $state.raw<Partial<Record<Field, string>>>({});

	/** Counts the questions, so that an answer to one that was given up is not heard. */
	#round = 0;

	/** The problem, if it concerns this field. */
	problemAt(field: Field): Problem | undefined {
		return this.problem !== undefined && this.#fieldOf(this.problem) === field ? this.problem : undefined;
	}

	/** The problem, if it concerns no field. */
	get problemElsewhere(): Problem | undefined {
		return this.problem !== undefined && this.#fieldOf(this.problem) === undefined ? this.problem : undefined;
	}

	#fieldOf(problem: Problem): Field | undefined {
		const { host, port } = this;
		return fieldOfEither(problem, { host: host.trim(), port: Number(port) }, this.sends ? this.smtp.server() : undefined);
	}

	get foundWords(): string {
		return (foundWords[this.foundBy] ?? m.setup_found_manual)();
	}

	/** Whether the server's settings need a person's eye. */
	get unsure(): boolean {
		return this.foundBy === '' || this.foundBy === 'guess';
	}

	/** Looks for the server of the address; when none is found, it is entered by hand. */
	async find(): Promise<void> {
		this.#clear();
		this.address = this.address.trim();
		if (!this.#isRight({ address: badAddress(this.address) })) return;
		await this.#ask('finding', async (isMine) => {
			const found = await call('find_mail_settings', { address: this.address });
			if (!isMine()) return;
			this.#take(found.imap.host, String(found.imap.port), found.imap.encryption, found.user);
			this.foundBy = found.found_by;
			this.sends = found.smtp !== null;
			if (found.smtp !== null) this.smtp.take(found.smtp);
			this.provider = found.provider ?? undefined;
			this.step = 'server';
		});
		if (this.problem !== undefined && this.step === 'address') this.byHand();
	}

	/** The server is entered by hand; why nothing was found stays said. */
	byHand(): void {
		this.#take(this.host, this.port, this.encryption, this.address);
		this.foundBy = '';
		this.provider = undefined;
		this.step = 'server';
	}

	#take(host: string, port: string, encryption: Encryption, user: string): void {
		Object.assign(this, { host, port, encryption, user, name: this.name || this.address });
	}

	/** Opens the provider's page and waits until the person has finished there. */
	async signIn(provider: Provider): Promise<void> {
		this.#clear();
		await this.#ask('signing_in', async (isMine) => {
			const begun = await call('begin_authorisation', { provider, address: this.address });
			if (!isMine()) return;
			this.signInPage = begun.url;
			await platform.openLink(begun.url);
			const done = await call('finish_authorisation', { handle: begun.handle });
			if (!isMine()) return;
			this.signedIn = done;
			if (done.address !== null) this.user = done.address;
		});
		this.signInPage = undefined;
		if (this.signedIn !== undefined && this.problem === undefined) await this.check();
	}

	/** Gives up what is waited for; its answer is not heard any more. */
	giveUp(): void {
		this.#round += 1;
		this.busy = undefined;
		this.signInPage = undefined;
	}

	/** Connects once and changes nothing. */
	async check(): Promise<void> {
		this.#clear();
		if (!this.#isRight(this.#wrongServer())) return;
		await this.#ask('checking', async (isMine) => {
			const checked = await call('check_mailbox', { mailbox: this.mailbox() });
			if (!isMine()) return;
			this.checked = checked;
			this.step = 'checked';
		});
	}

	async add(): Promise<SourceId | undefined> {
		this.#clear();
		let added: SourceId | undefined;
		await this.#ask('adding', async () => {
			added = await call('add_mailbox', { mailbox: this.mailbox() });
			this.password = '';
		});
		if (this.problem !== undefined) this.step = 'server';
		return added;
	}

	back(): void {
		this.giveUp();
		this.#clear();
		this.step = this.step === 'checked' ? 'server' : 'address';
	}

	mailbox(): NewMailbox {
		return {
			name: this.name.trim() || this.address,
			address: this.address,
			aliases: addresses(this.aliases),
			user: this.user.trim(),
			imap: { host: this.host.trim(), port: Number(this.port), encryption: this.encryption },
			smtp: this.sends ? this.smtp.server() : null,
			credential: this.#credential(),
			extra_ca: this.ca.trim() === '' ? null : this.ca.trim(),
		};
	}

	#credential(): Credential {
		return this.signedIn === undefined
			? { kind: 'password', password: this.password }
			: { kind: 'authorised', handle: this.signedIn.handle };
	}

	#wrongServer(): Partial<Record<Field, string | undefined>> {
		return {
			host: required(this.host),
			port: badPort(this.port),
			encryption: badEncryption(this.encryption, this.host),
			...(this.sends ? this.smtp.wrong() : {}),
			user: required(this.user),
			password: this.signedIn === undefined && this.password === '' ? m.setup_empty_required() : undefined,
			ca: badCertificate(this.ca),
		};
	}

	#isRight(wrong: Partial<Record<Field, string | undefined>>): boolean {
		this.wrong = Object.fromEntries(Object.entries(wrong).filter(([, why]) => why !== undefined));
		return Object.keys(this.wrong).length === 0;
	}

	#clear(): void {
		this.problem = undefined;
		this.wrong = {};
	}

	async #ask(busy: Busy, question: (isMine: () => boolean) => Promise<void>): Promise<void> {
		const round = ++this.#round;
		const isMine = (): boolean => round === this.#round;
		this.busy = busy;
		try {
			await question(isMine);
		} catch (thrown) {
			if (isMine()) this.#refused(asProblem(thrown));
		}
		if (isMine()) this.busy = undefined;
	}

	#refused(problem: Problem): void {
		this.problem = problem;
		if (problem.code.startsWith('authorisation_')) this.signedIn = undefined;
	}
}
