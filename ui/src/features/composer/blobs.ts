/** Pictures of drafts as addresses the page can draw, each made once from the bytes the desk keeps. The oldest go first. */
import type { AttachmentContent, BlobHash } from '../../api/generated';

const MOST = 60;
const urls = new Map<BlobHash, Promise<string | undefined>>();

/** The address of a picture; `read` fetches its bytes if it was not shown before. */
export function blobOf(hash: BlobHash, read: () => Promise<AttachmentContent>): Promise<string | undefined> {
	const known = urls.get(hash) ?? read().then(urlOf, () => forget(hash));
	urls.delete(hash);
	urls.set(hash, known);
	for (const [old, url] of urls) {
		if (urls.size <= MOST) break;
		urls.delete(old);
		void url.then((it) => it !== undefined && URL.revokeObjectURL(it));
	}
	return known;
}

/** A picture just pasted need not be read back. */
export function rememberBlob(hash: BlobHash, file: Blob): void {
	if (!urls.has(hash)) urls.set(hash, Promise.resolve(drawable(file.type) ? URL.createObjectURL(file) : undefined));
}

/** What the page draws. Never SVG: it could hold anything. */
const drawable = (type: string): boolean => /^image\/(png|jpeg|gif|webp|avif|bmp)$/i.test(type);

function urlOf({ media_type, base64 }: AttachmentContent): string | undefined {
	if (!drawable(media_type)) return undefined;
	const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
	return URL.createObjectURL(new Blob([bytes], { type: media_type }));
}

function forget(hash: BlobHash): undefined {
	urls.delete(hash);
	return undefined;
}
