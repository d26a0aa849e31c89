/**
 * The editor for what a mail can hold: words, bold, italic, links, lists, quotations, and pictures that are attachments of the draft.
 * Loaded only when somebody writes. Whatever else a paste brings is left out, and nothing is ever fetched from outside.
 */
import { Editor } from '@tiptap/core';
import { Blockquote } from '@tiptap/extension-blockquote';
import { Bold } from '@tiptap/extension-bold';
import { Document } from '@tiptap/extension-document';
import { HardBreak } from '@tiptap/extension-hard-break';
import { Italic } from '@tiptap/extension-italic';
import { Link } from '@tiptap/extension-link';
import { BulletList, ListItem, ListKeymap, OrderedList } from '@tiptap/extension-list';
import { Paragraph } from '@tiptap/extension-paragraph';
import { Text } from '@tiptap/extension-text';
import { UndoRedo } from '@tiptap/extensions';
import { DOMSerializer } from '@tiptap/pm/model';
import { pictures, withoutStrangers, type Pictures } from './pictures';
import { ALLOWED, hrefOf } from './links';

export type Style = 'bold' | 'italic' | 'list';
export type Active = Record<Style | 'link', boolean>;

export interface Around extends Pictures {
	html: string;
	/** The attributes of the element that is written in. */
	attributes: Record<string, string>;
	/** The text became another. */
	onChange: () => void;
	/** Text, cursor or marks became others. */
	onState: () => void;
}

/** What the composer does with an editor. */
export interface Handle {
	/** Where one writes on: at the start, at the end of what was written (above the signature), or where the cursor is. */
	focus(where: 'start' | 'end' | 'here'): void;
	html(): string;
	text(): string;
	empty(): boolean;
	active(): Active;
	toggle(style: Style): void;
	/** The address of the link the cursor is in. */
	link(): string;
	/** Makes a link of the selection, or of the address itself; without an address the link goes. */
	setLink(address: string): boolean;
	insertText(text: string): void;
	insertPicture(cid: string, alt: string): void;
	attributes(attributes: Record<string, string>): void;
	destroy(): void;
}

/** Written into a document of its own, so that no picture is fetched while writing out. */
const inert = document.implementation.createHTMLDocument('');

export function createEditor(element: HTMLElement, around: Around): Handle {
	const editor = new Editor({
		element,
		content: around.html,
		injectCSS: false,
		enableCoreExtensions: { delete: false },
		extensions: [
			Document, Paragraph, Text, Bold, Italic, HardBreak, Blockquote, BulletList, OrderedList, ListItem, ListKeymap, UndoRedo,
			Link.configure({ autolink: false, openOnClick: false, isAllowedUri: (url) => ALLOWED.test(url), HTMLAttributes: { target: null, rel: null, class: null } }),
			pictures(around),
		],
		editorProps: {
			attributes: around.attributes,
			transformPastedHTML: (html) => withoutStrangers(html, around),
			// Files are taken by the composer, wherever they are dropped or pasted.
			handleDrop: (_view, event) => (event.dataTransfer?.files.length ?? 0) > 0,
			handlePaste: (_view, event) => event.defaultPrevented,
		},
		onUpdate: around.onChange,
		onTransaction: around.onState,
	});
	return handle(editor);
}

function handle(editor: Editor): Handle {
	const serializer = DOMSerializer.fromSchema(editor.schema);
	return {
		focus: (where) => void editor.commands.focus(where === 'here' ? null : where === 'start' ? 'start' : endOfWords(editor)),
		html() {
			const box = inert.createElement('div');
			box.append(serializer.serializeFragment(editor.state.doc.content, { document: inert }));
			return editor.isEmpty ? '' : box.innerHTML;
		},
		text: () => editor.getText({ blockSeparator: '\n' }),
		empty: () => editor.isEmpty,
		active: () => ({ bold: editor.isActive('bold'), italic: editor.isActive('italic'), list: editor.isActive('bulletList'), link: editor.isActive('link') }),
		toggle(style) {
			const chain = editor.chain().focus();
			(style === 'bold' ? chain.toggleBold() : style === 'italic' ? chain.toggleItalic() : chain.toggleBulletList()).run();
		},
		link: () => String(editor.getAttributes('link').href ?? ''),
		setLink: (address) => setLink(editor, address),
		insertText: (text) => void editor.commands.insertContent(text.split('\n').map((line) => ({ type: 'paragraph', content: line === '' ? [] : [{ type: 'text', text: line }] }))),
		insertPicture: (cid, alt) => void editor.chain().insertContent({ type: 'picture', attrs: { cid, alt } }).run(),
		attributes: (attributes) => editor.setOptions({ editorProps: { attributes } }),
		destroy: () => editor.destroy(),
	};
}

/** The end of the text, or of what stands above the signature. */
function endOfWords({ state: { doc } }: Editor): number {
	let [end, found] = [doc.content.size - 1, false];
	doc.forEach((node, at) => {
		if (found || !/^-- ?(\n|$)/.test(node.textBetween(0, Math.min(4, node.content.size), '\n', '\n'))) return;
		[end, found] = [Math.max(1, at - 1), true];
	});
	return end;
}

function setLink(editor: Editor, address: string): boolean {
	const chain = editor.chain().focus();
	if (address.trim() === '') return chain.extendMarkRange('link').unsetLink().run();
	const href = hrefOf(address);
	if (href === undefined) return false;
	if (!editor.state.selection.empty || editor.isActive('link')) return chain.extendMarkRange('link').setLink({ href }).run();
	return chain.insertContent({ type: 'text', text: address.trim(), marks: [{ type: 'link', attrs: { href } }] }).unsetMark('link').run();
}
