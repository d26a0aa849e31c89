/** Which drawing stands for an attachment. */
import CalendarIcon from '@lucide/svelte/icons/calendar';
import File from '@lucide/svelte/icons/file';
import FileArchive from '@lucide/svelte/icons/file-archive';
import FileImage from '@lucide/svelte/icons/file-image';
import FileMusic from '@lucide/svelte/icons/file-music';
import FileSpreadsheet from '@lucide/svelte/icons/file-spreadsheet';
import FileText from '@lucide/svelte/icons/file-text';
import FileVideo from '@lucide/svelte/icons/file-video-camera';
import Mail from '@lucide/svelte/icons/mail';
import type { Component } from 'svelte';

type Drawing = Component<Record<string, unknown>>;

const byType: [RegExp, Drawing][] = [
	[/^image\//, FileImage],
	[/^audio\//, FileMusic],
	[/^video\//, FileVideo],
	[/^text\/calendar/, CalendarIcon],
	[/^message\//, Mail],
	[/spreadsheet|excel|csv/, FileSpreadsheet],
	[/zip|compressed|x-tar|gzip|rar|7z/, FileArchive],
	[/^text\/|pdf|word|document|presentation/, FileText],
];

const byName: [RegExp, Drawing][] = [
	[/\.(png|jpe?g|gif|webp|heic|bmp|svg)$/i, FileImage],
	[/\.(xlsx?|csv|ods)$/i, FileSpreadsheet],
	[/\.(zip|rar|7z|tar|gz|tgz)$/i, FileArchive],
	[/\.(pdf|docx?|odt|txt|md|pptx?)$/i, FileText],
	[/\.eml$/i, Mail],
];

/** By what the mail says it is, else by its name. */
export function fileIcon(mediaType: string, name: string): Drawing {
	const typed = byType.find(([type]) => type.test(mediaType.toLowerCase()));
	return (typed ?? byName.find(([ending]) => ending.test(name)))?.[1] ?? File;
}
