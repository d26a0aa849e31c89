/**
 * The components page: every part of the interface in every state, over a desk in memory. Opened in development as `/components.html`,
 * with `?dark`, `?zh` and `?compact`; it is no entry of the build, so nobody gets it with the app.
 */
import { mount } from 'svelte';
import { usePlatform } from '../../platform';
import { applyAppearance } from '../../shared/appearance.svelte';
import { desk } from '../../shared/desk.svelte';
import '../../styles/app.css';
import Components from './Components.svelte';
import { fake, fillDesk } from './specimens';

usePlatform(fake);
await desk.start();
if (desk.settings) applyAppearance(desk.settings);
fillDesk();
mount(Components, { target: document.getElementById('app') ?? document.body });
