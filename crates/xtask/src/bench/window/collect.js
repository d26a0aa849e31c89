/** Waits until what is watched has not changed for a while, and answers what was seen. */
const [{ quiet }, done] = arguments;
let seen = window.__watch.changes();
let since = performance.now();
const timer = setInterval(() => {
	const now = window.__watch.changes();
	if (now !== seen || window.__watch.waits()) [seen, since] = [now, performance.now()];
	if (performance.now() - since < quiet) return;
	clearInterval(timer);
	window.__watch.stop();
	done(window.__watch.answer());
}, 20);
