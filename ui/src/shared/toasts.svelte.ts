/** What was just done and how to undo it, or what just failed. Each leaves after ten seconds. */
import type { Problem } from '../api/generated';
import { asProblem } from '../api/client';

export const TOAST_MS = 10_000;

export interface Toast {
	id: number;
	/** Read anew when the language changes. */
	text?: () => string;
	problem?: Problem;
	undo?: () => Promise<void>;
	/** Called when it can't be undone any more. */
	gone?: () => void;
}

let lists = $state.raw<Toast[]>([]);
let last = 0;

export const toasts = (): Toast[] => lists;

export function say(text: () => string, undo?: () => Promise<void>, gone?: () => void): void {
	// One thing can be undone at a time: the last.
	const before = lists;
	lists = [...lists.filter((toast) => toast.problem !== undefined), { id: ++last, text, undo, gone }];
	for (const toast of before) if (toast.problem === undefined) toast.gone?.();
}

/** Tells a person what failed. The same problem twice is told once. */
export function complain(thrown: unknown): void {
	const problem = asProblem(thrown);
	lists = [...lists.filter((toast) => toast.problem?.code !== problem.code), { id: ++last, problem }];
}

export function dismiss(id: number): void {
	const toast = remove(id);
	toast?.gone?.();
}

function remove(id: number): Toast | undefined {
	const toast = lists.find((one) => one.id === id);
	lists = lists.filter((one) => one.id !== id);
	return toast;
}

/** Undoes the last thing that can be, also one that is still being done; answers whether there was one. */
export async function undoLast(): Promise<boolean> {
	await Promise.all(underWay);
	const toast = lists.findLast((one) => one.undo !== undefined);
	if (toast?.undo === undefined) return false;
	remove(toast.id);
	await attempt(toast.undo);
	return true;
}

/** Runs what a person asked for; a failure is told, never thrown. Answers whether it worked. */
export async function attempt(act: () => Promise<unknown>): Promise<boolean> {
	try {
		await act();
		return true;
	} catch (thrown) {
		complain(thrown);
		return false;
	}
}

/** What is being done and will tell how it is undone. */
const underWay = new Set<Promise<boolean>>();

/** As [`attempt`], for what says how it is undone: whoever undoes before it is done means it, not what was done before. */
export function attemptUndoable(act: () => Promise<unknown>): Promise<boolean> {
	const done = attempt(act);
	underWay.add(done);
	void done.then(() => underWay.delete(done));
	return done;
}

export function forgetToasts(): void {
	lists = [];
	underWay.clear();
}
