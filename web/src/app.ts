import { mount } from 'svelte';
import App from './App.svelte';
import './app.css';
import { navigation } from './features/shell/navigation.svelte';
import { fetchPages } from './features/shell/pages';
import { pageHost } from './lib/host/page-host.svelte';

/** The first charts stand by then; what is fetched while they are drawn would be in their way. */
const fetchPagesAfterMs = 4_000;

/** Starts the app in an element of the page. */
export function start(target: HTMLElement) {
  performance.mark('app-start');
  mount(App, { target });
  pageHost.start();
  navigation.start();
  setTimeout(() => whenIdle(() => void fetchPages()), fetchPagesAfterMs);
}

function whenIdle(run: () => void): void {
  // Who asks to save data gets a page when it is opened.
  if ((navigator as { connection?: { saveData?: boolean } }).connection?.saveData) return;
  if ('requestIdleCallback' in globalThis) requestIdleCallback(run);
  else run();
}
