/** What helps to find: completion, facets, people and what was searched for lately, over the rows of the desk in memory. */
import type { Args, CallName, Out } from '../../api/client';
import type { Completions, Facet, Facets, Person, Tag, TicketRow } from '../../api/generated';

type Answers = { [K in CallName]?: (args: Args<K>) => Out<K> | Promise<Out<K>> };

interface Around {
	tags(): Tag[];
	rows(): TicketRow[];
	found(query: string): TicketRow[];
	changed(): { seq: string };
}

const KEYS = ['from', 'tag', 'status', 'priority', 'is', 'has', 'waiting', 'updated', 'before', 'after', 'channel', 'lang', 'source'];
const VALUES: Record<string, string[]> = {
	status: ['open', 'waiting', 'closed'], priority: ['low', 'normal', 'high', 'urgent'], has: ['attachment'], channel: ['mail', 'chat', 'phone', 'social'],
	is: ['open', 'waiting', 'closed', 'urgent', 'unread', 'vip'], lang: ['zh', 'en', 'ja', 'ko'],
};

export class FakeFinding {
	recent: string[] = [];
	readonly #desk: Around;

	constructor(desk: Around) {
		this.#desk = desk;
	}

	readonly answers: Answers = {
		complete: ({ query, at }) => this.#complete(query, at),
		facets: ({ query }) => this.#facets(query),
		people: ({ text }) => this.#people(text),
		recent_searches: () => this.recent,
		keep_search: ({ query }) => {
			this.recent = [query.trim(), ...this.recent.filter((one) => one !== query.trim())].slice(0, 12);
			return this.#desk.changed();
		},
		forget_searches: ({ query }) => {
			this.recent = query === null ? [] : this.recent.filter((one) => one !== query);
			return this.#desk.changed();
		},
	};

	#complete(query: string, at: number): Completions {
		const before = [...query].slice(0, at).join('');
		const [word = ''] = /\S*$/u.exec(before) ?? [];
		const [, key, typed = ''] = /^-?([a-z]+)[:：](.*)$/iu.exec(word) ?? [];
		const part = (key === undefined ? word.replace(/^-/u, '') : typed).toLowerCase();
		const range = { from: at - [...part].length, to: at };
		const tags = key === 'tag' ? this.#desk.tags() : [];
		if (key === undefined) {
			const keys = part === '' ? [] : KEYS.filter((one) => one.startsWith(part));
			return { ...range, options: keys.map((one) => ({ kind: 'key', text: `${one}:`, label: `${one}:`, tickets: null })) };
		}
		return {
			...range,
			options: [
				...(VALUES[key] ?? []).filter((one) => one.startsWith(part)).map((text) => ({ kind: 'value' as const, text, label: text, tickets: null })),
				...tags.filter((tag) => tag.name.toLowerCase().startsWith(part)).map((tag) => ({ kind: 'tag' as const, text: tag.name, label: tag.name, tickets: this.#having(tag) })),
			].slice(0, 12),
		};
	}

	#having = (tag: Tag): number => this.#desk.rows().filter((row) => row.tags.some((one) => one.id === tag.id)).length;

	#facets(query: string): Facets {
		let rows: TicketRow[];
		try {
			rows = this.#desk.found(query);
		} catch {
			return { tickets: 0, all: true, facets: [] };
		}
		const some = rows.slice(0, 1_000);
		const count = (kind: Facet['kind'], valuesOf: (row: TicketRow) => string[]): Facet[] => {
			const counted = new Map<string, number>();
			for (const value of some.flatMap(valuesOf)) counted.set(value, (counted.get(value) ?? 0) + 1);
			return [...counted].sort((a, b) => b[1] - a[1]).map(([label, tickets]) => ({ kind, label, term: `${kind}:${/\s/u.test(label) ? `"${label}"` : label}`, tickets }));
		};
		const facets = [
			...count('status', (row) => [row.status]), ...count('tag', (row) => row.tags.map((tag) => tag.name)), ...count('lang', (row) => [row.lang]),
			...count('channel', (row) => [row.channel]), ...count('from', (row) => [row.requester_email]).slice(0, 5),
		];
		return { tickets: some.length, all: some.length === rows.length, facets };
	}

	#people(text: string): Person[] {
		const wanted = text.trim().toLowerCase();
		const found = new Map<string, Person>();
		for (const row of this.#desk.rows()) {
			if (wanted === '' || !`${row.requester_name} ${row.requester_email}`.toLowerCase().includes(wanted)) continue;
			const known = found.get(row.requester) ?? { customer: row.requester, name: row.requester_name, email: row.requester_email, tickets: 0, guessed: false };
			found.set(row.requester, { ...known, tickets: known.tickets + 1 });
		}
		return [...found.values()].slice(0, 8);
	}
}
