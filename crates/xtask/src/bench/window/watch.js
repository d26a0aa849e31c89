/**
 * Watches one answer of the page. Installed before a key is sent; it looks at what is shown in the first animation frame after each change and
 * notes the time of the frame after that, by when the first has been painted. What is shown when nothing changes any more is the right content.
 */
const [kind] = arguments;

const text = (selector) => document.querySelector(selector)?.textContent?.trim() ?? '';
const all = (selector) => [...document.querySelectorAll(selector)];

/** The rows a person sees, in their order, and what is marked in them. What the field offers while one types is another list. */
function list() {
	const box = document.querySelector('section.list [role=listbox]');
	if (box === null) return 'no list';
	const { top, bottom } = box.getBoundingClientRect();
	const seen = all('section.list [role=option]').filter((row) => {
		const place = row.getBoundingClientRect();
		return place.bottom > top && place.top < bottom;
	});
	const marks = all('section.list [role=option] mark').map((mark) => mark.textContent);
	return JSON.stringify([text('h1'), seen.map((row) => row.id), marks]);
}

/** The open ticket: its row, its subject, its messages and where they are. */
function talk() {
	const row = document.querySelector('section.list [role=option][aria-selected=true]')?.id ?? '';
	const messages = all('[data-message]').map((one) => [one.dataset.message, Math.round(one.getBoundingClientRect().top)]);
	return JSON.stringify([row, text('main h2'), messages]);
}

const kinds = {
	ticket: talk,
	list,
	both: () => list() + talk(),
};
const shown = kinds[kind];

const before = shown();
const log = [];
let last = before;
let asked = false;

function look() {
	asked = false;
	const now = shown();
	if (now === last) return;
	last = now;
	const entry = { shown: now, at: undefined };
	log.push(entry);
	requestAnimationFrame(() => (entry.at = performance.now()));
}
function changed() {
	if (asked) return;
	asked = true;
	requestAnimationFrame(look);
}

window.__watch?.stop();
const observer = new MutationObserver(changed);
observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
document.addEventListener('scroll', changed, true);
window.__watch = {
	before,
	stop() {
		observer.disconnect();
		document.removeEventListener('scroll', changed, true);
	},
	/** The time since 1970 of the second frame with the right content, in milliseconds, rounded up as the clock counts whole ones. */
	answer: () => {
		const entry = log.at(-1);
		return { before, after: last, at: entry?.at === undefined ? null : performance.timeOrigin + entry.at + 1 };
	},
	changes: () => log.length,
	/** Whether a frame is still awaited. */
	waits: () => asked || log.some((entry) => entry.at === undefined),
};
return document.hasFocus();
