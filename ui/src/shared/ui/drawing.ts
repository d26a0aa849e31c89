/** The strokes of an icon, made once and copied from then on: a list that is scrolled fast wants hundreds of them in a second. */
import type { IconNode } from 'lucide';

/** An icon of the set, as its module exports it. */
export type Drawing = IconNode;

const SVG = 'http://www.w3.org/2000/svg';
const made = new Map<Drawing, DocumentFragment>();

export function strokes(drawing: Drawing): Node {
	let first = made.get(drawing);
	if (first === undefined) {
		first = document.createDocumentFragment();
		for (const [name, attributes] of drawing) {
			const stroke = document.createElementNS(SVG, name);
			for (const [attribute, value] of Object.entries(attributes)) stroke.setAttribute(attribute, String(value));
			first.append(stroke);
		}
		made.set(drawing, first);
	}
	return first.cloneNode(true);
}
