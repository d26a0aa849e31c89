/** Which drawing stands for an attachment. */
import CalendarIcon from 'lucide/dist/esm/icons/calendar.mjs';
import File from 'lucide/dist/esm/icons/file.mjs';
import FileArchive from 'lucide/dist/esm/icons/file-archive.mjs';
import FileImage from 'lucide/dist/esm/icons/file-image.mjs';
import FileMusic from 'lucide/dist/esm/icons/file-music.mjs';
import FileSpreadsheet from 'lucide/dist/esm/icons/file-spreadsheet.mjs';
import FileText from 'lucide/dist/esm/icons/file-text.mjs';
import FileVideo from 'lucide/dist/esm/icons/file-video-camera.mjs';
import Mail from 'lucide/dist/esm/icons/mail.mjs';
import type { Drawing } from '../../shared/ui/drawing';

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
