/**
 * A desk of its own for a test: the real program on the sample workspace in a temporary folder, and a Chromium that looks at it.
 * With FOREDECK_ADDRESS set, a desk that already runs is used instead. Everything the page complains about is kept.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium, type Browser, type Page } from 'playwright-core';

const PROGRAM = resolve(process.env.FOREDECK_PROGRAM ?? '../target/debug/foredeck');
const START_MS = 90_000;
export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
export const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export interface Desk {
	page: Page;
	/** What the page complained about: errors, broken rules of the content policy. */
	complaints: string[];
	stop(): Promise<void>;
}

export async function openDesk(): Promise<Desk> {
	const folder = mkdtempSync(join(tmpdir(), 'foredeck-browser-'));
	const program = process.env.FOREDECK_ADDRESS === undefined ? start(folder) : undefined;
	const stopProgram = async (): Promise<void> => {
		if (program !== undefined) await end(program);
		rmSync(folder, { recursive: true, force: true });
	};
	try {
		const address = program === undefined ? (process.env.FOREDECK_ADDRESS ?? '') : await addressOf(program);
		return await openPage(address, stopProgram);
	} catch (failure) {
		await stopProgram();
		throw failure;
	}
}

/** A Chromium that looks at a desk; `stopDesk` ends what is behind it. */
export async function openPage(address: string, stopDesk: () => Promise<void>): Promise<Desk> {
	const browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
	const { page, complaints } = await look(browser, address);
	return {
		page,
		complaints,
		stop: async () => {
			await browser.close();
			await stopDesk();
		},
	};
}

function start(folder: string): ChildProcess {
	return spawn(PROGRAM, ['--browser', '--sample', '--port', '0', '--workspace', join(folder, 'sample')], {
		stdio: ['ignore', 'pipe', 'pipe'],
		env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, XDG_RUNTIME_DIR: folder, DBUS_SESSION_BUS_ADDRESS: 'disabled:' },
	});
}

/** The address with its one-time token, which the program prints on a line of its own. */
function addressOf(program: ChildProcess): Promise<string> {
	return new Promise((found, failed) => {
		const said: string[] = [];
		const fail = (why: string): void => failed(new Error(`${why}\n${said.join('\n')}`));
		const timer = setTimeout(() => fail(`${PROGRAM} printed no address in ${START_MS} ms`), START_MS);
		const hear = (line: string): void => {
			said.push(line);
			const address = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(line)?.[0];
			if (address === undefined) return;
			clearTimeout(timer);
			found(address);
		};
		for (const stream of [program.stdout, program.stderr]) if (stream) createInterface({ input: stream }).on('line', hear);
		program.on('error', (error) => fail(error.message));
		program.on('exit', (code) => fail(`${PROGRAM} ended with ${code}`));
	});
}

async function end(program: ChildProcess): Promise<void> {
	if (program.exitCode !== null) return;
	program.removeAllListeners('exit');
	const gone = new Promise<void>((done) => program.once('exit', () => done()));
	program.kill('SIGTERM');
	const stubborn = setTimeout(() => program.kill('SIGKILL'), 10_000);
	await gone;
	clearTimeout(stubborn);
}

async function look(browser: Browser, address: string): Promise<{ page: Page; complaints: string[] }> {
	const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', colorScheme: 'light' });
	const complaints: string[] = [];
	page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
	page.on('console', (message) => {
		// A refused call is an answer; that Chromium notes its number is no complaint.
		if ((message.type() === 'error' || message.type() === 'warning') && !/status of 422/.test(message.text())) complaints.push(`console: ${message.text()}`);
	});
	await page.addInitScript(() => {
		// eslint-disable-next-line no-console -- the console is how the page tells the test.
		document.addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
	});
	await page.goto(address);
	await page.getByRole('option').first().waitFor({ timeout: START_MS });
	return { page, complaints };
}
