/** How this window is laid out: pane widths and which panes are shown. Kept on this machine; never anything about a customer. */
const KEY = 'foredeck.layout';

interface Layout {
	list: number;
	customer: boolean;
}

const usual: Layout = { list: 0, customer: true };

export const layout = $state<Layout>(read());

function read(): Layout {
	try {
		const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Layout>;
		return {
			list: typeof kept.list === 'number' ? kept.list : usual.list,
			customer: typeof kept.customer === 'boolean' ? kept.customer : usual.customer,
		};
	} catch {
		return { ...usual };
	}
}

export function keepLayout(change: Partial<Layout>): void {
	Object.assign(layout, change);
	try {
		localStorage.setItem(KEY, JSON.stringify(layout));
	} catch {
		// A window without storage forgets its widths; nothing else is lost.
	}
}
