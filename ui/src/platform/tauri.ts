/** The desk behind Tauri's own channel. */
import { convertFileSrc, invoke } from '@tauri-apps/api/core';
import { listen as on } from '@tauri-apps/api/event';
import { getCurrentWindow } from '@tauri-apps/api/window';
import { open } from '@tauri-apps/plugin-dialog';
import { openUrl } from '@tauri-apps/plugin-opener';
import type { DeskEvent } from '../api/generated';
import type { Platform } from './types';

export function tauri(): Platform {
	return {
		kind: 'tauri',
		call: (name, args) => invoke('call', { name, args }),
		listen(heard) {
			const off = on<DeskEvent>('desk', (event) => heard(event.payload));
			return () => void off.then((stop) => stop());
		},
		letterBase: convertFileSrc('', 'mail'),
		pickArchive: (kind) => open({ directory: kind === 'folder', multiple: false }),
		openLink: (url) => openUrl(url),
		windowTitle(title) {
			document.title = title;
			void getCurrentWindow().setTitle(title).catch(() => undefined);
		},
		attach: (ticket, { name, type, bytes }, inline) =>
			invoke('attach', bytes, {
				headers: {
					'x-ticket': ticket,
					'x-name': encodeURIComponent(name.replace(/\p{Surrogate}/gu, '\uFFFD')),
					'x-type': encodeURIComponent(type),
					'x-inline': inline ? '1' : '0',
				},
			}),
		bringAgent: () => void invoke('call', { name: 'raise_window', args: {} }),
		openDashboard: () => void invoke('call', { name: 'open_dashboard', args: {} }),
	};
}
