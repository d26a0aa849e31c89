/** One typed call. It answers, or throws a [`CallError`] that carries the problem. */
import * as platform from '../platform';
import { takeAhead } from './ahead';
import type { Calls, Problem } from './generated';

export type CallName = keyof Calls;
export type Args<K extends CallName> = Calls[K]['args'];
export type Out<K extends CallName> = Calls[K]['out'];

export class CallError extends Error {
	readonly problem: Problem;

	constructor(problem: Problem) {
		super(problem.code);
		this.name = 'CallError';
		this.problem = problem;
	}
}

export async function call<K extends CallName>(name: K, args: Args<K>): Promise<Out<K>> {
	try {
		return (await (takeAhead(name, args) ?? platform.call(name, args))) as Out<K>;
	} catch (thrown) {
		throw new CallError(asProblem(thrown));
	}
}

/** Whatever was thrown, as a problem a person can be told. */
export function asProblem(thrown: unknown): Problem {
	if (thrown instanceof CallError) return thrown.problem;
	if (isProblem(thrown)) return thrown;
	return { code: 'internal', params: {}, cause: thrown instanceof Error ? thrown.message : String(thrown) };
}

function isProblem(thrown: unknown): thrown is Problem {
	return typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'params' in thrown;
}
