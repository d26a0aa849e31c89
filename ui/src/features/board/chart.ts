/** Where the bars of the day's hours stand. Pure: hours and a size come in, boxes come out. */
import type { BoardHour } from '../../api/generated';

export interface Bar {
	x: number;
	y: number;
	width: number;
	height: number;
}

export interface Column {
	hour: BoardHour;
	/** The hour's whole place, to be pointed at. */
	x: number;
	width: number;
	arrived: Bar;
	answered: Bar;
	/** Whether the hour's label fits. */
	labelled: boolean;
}

/** The step between two lines of a scale that reaches `most` in at most five: 1, 2 or 5 times a power of ten. */
export function step(most: number): number {
	const rough = Math.max(1, most / 4);
	const power = 10 ** Math.floor(Math.log10(rough));
	return ([1, 2, 5, 10].find((one) => one * power >= rough) ?? 10) * power;
}

/** The lines of the scale, from nothing to at least the longest bar. */
export function scale(hours: BoardHour[]): number[] {
	const most = Math.max(4, ...hours.flatMap((hour) => [hour.arrived, hour.answered]));
	const every = step(most);
	return Array.from({ length: Math.ceil(most / every) + 1 }, (_, line) => line * every);
}

export function columns(hours: BoardHour[], width: number, height: number): Column[] {
	const top = scale(hours).at(-1) ?? 1;
	const place = hours.length === 0 ? 0 : width / hours.length;
	const bar = Math.max(2, Math.min(14, Math.floor((place - 6) / 2)));
	const rise = (count: number): number => (count === 0 ? 0 : Math.max(1, (count / top) * height));
	const every = place < 34 ? (place < 18 ? 4 : 2) : 1;
	return hours.map((hour, at) => {
		const middle = place * (at + 0.5);
		const box = (x: number, count: number): Bar => ({ x, y: height - rise(count), width: bar, height: rise(count) });
		return {
			hour,
			x: place * at,
			width: place,
			arrived: box(middle - bar - 0.5, hour.arrived),
			answered: box(middle + 0.5, hour.answered),
			labelled: at % every === 0,
		};
	});
}

/** Where in the day `now` stands, as a share of the width; nothing outside of it. */
export function nowAt(hours: BoardHour[], now: number): number | undefined {
	const at = hours.findIndex((hour) => hour.from_ms <= now && now < hour.to_ms);
	const hour = hours[at];
	if (hour === undefined) return undefined;
	return (at + (now - hour.from_ms) / (hour.to_ms - hour.from_ms)) / hours.length;
}
