/** The interface over the desk in memory, in Chromium: for what only a real browser does (input methods, the clipboard, dropped files, layout). */
import { inject } from 'vitest';
import { openPage, type Desk } from './desk';

/** A page of its own on a desk of its own, as `?fake&…` asks for it. */
export const openPreview = (asked = ''): Promise<Desk> => openPage(`${inject('preview')}/?fake&${asked}`, async () => undefined);
