/** Scrolls the list as fast as it goes, so many rows a frame, until it has passed `rows`, is at its end, or
 * `seconds` are over. Answers every frame's length. */
const [{ rows, rowsPerFrame, seconds }, done] = arguments;
const box = document.querySelector('section.list [role=listbox]');
const height = document.querySelector('section.list [role=option]').getBoundingClientRect().height;
const began = performance.now();
const frames = [];
let last;
let empty = 0;
let waited = 0;
let target = box.scrollTop;
/** When it last came further, and how many frames that took. */
let moved = began;
let until = 0;
let waits = 0;

function isEmpty() {
	const { top, height } = box.getBoundingClientRect();
	const middle = top + height / 2;
	return ![...box.querySelectorAll('[role=option]')].some((row) => {
		const place = row.getBoundingClientRect();
		return place.top <= middle && place.bottom >= middle;
	});
}

function frame(at) {
	if (last !== undefined) {
		frames.push(at - last);
		if (isEmpty()) empty += 1;
	}
	last = at;
	const passed = box.scrollTop / height;
	if (passed >= rows || at - moved > 3_000 || at - began > seconds * 1_000) {
		return done({ frames: frames.slice(0, until), empty, waited: waits, rows: Math.floor(passed), seconds: (moved - began) / 1_000 });
	}
	const most = box.scrollHeight - box.clientHeight;
	if (box.scrollTop >= most - 1) waited += 1;
	else [moved, until, waits] = [at, frames.length, waited];
	target = Math.min(most, Math.max(box.scrollTop, target) + rowsPerFrame * height);
	box.scrollTop = target;
	requestAnimationFrame(frame);
}
requestAnimationFrame(frame);
