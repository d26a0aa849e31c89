/**
 * Pictures inside a reply. The text names them by their content id (`cid:…`), as the mail will; on screen each is drawn from the bytes the desk
 * keeps. No other picture can stand in the text, so nothing is fetched while somebody writes.
 */
import { mergeAttributes, Node } from '@tiptap/core';

export interface Pictures {
	/** Where a picture of this draft can be drawn from; `undefined` when it is not here. */
	pictureUrl(cid: string): Promise<string | undefined>;
	/** Whether the draft has a picture of this content id. */
	hasPicture(cid: string): boolean;
	/** What is said in place of a picture that is not here. */
	pictureAway(): string;
}

const cidOf = (src: string | null): string => /^cid:(.+)$/i.exec(src ?? '')?.[1] ?? '';

export const pictures = (around: Pictures) =>
	Node.create({
		name: 'picture',
		inline: true,
		group: 'inline',
		draggable: true,
		addAttributes: () => ({ cid: { default: '', rendered: false }, alt: { default: '', rendered: false } }),
		parseHTML: () => [
			{
				tag: 'img[src]',
				getAttrs: (element) => {
					const cid = cidOf(element.getAttribute('src'));
					return cid !== '' && { cid, alt: element.getAttribute('alt') ?? '' };
				},
			},
		],
		renderHTML: ({ node, HTMLAttributes }) => ['img', mergeAttributes(HTMLAttributes, { src: `cid:${node.attrs.cid}`, alt: String(node.attrs.alt) })],
		addNodeView:
			() =>
			({ node }) => ({ dom: drawn(String(node.attrs.cid), String(node.attrs.alt), around) }),
	});

function drawn(cid: string, alt: string, around: Pictures): HTMLElement {
	const image = document.createElement('img');
	image.className = 'picture';
	image.alt = alt;
	void around.pictureUrl(cid).then((url) => {
		if (url !== undefined) image.src = url;
		else [image.alt, image.dataset.away] = [around.pictureAway(), ''];
	});
	return image;
}

/** Pasted markup without the pictures that are not this draft's. */
export function withoutStrangers(html: string, around: Pictures): string {
	if (!/<img/i.test(html)) return html;
	const pasted = new DOMParser().parseFromString(html, 'text/html');
	for (const image of pasted.querySelectorAll('img')) if (!around.hasPicture(cidOf(image.getAttribute('src')))) image.remove();
	return pasted.body.innerHTML;
}
