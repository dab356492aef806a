import { mount } from 'svelte';
import App from './App.svelte';
import './app.css';
import { navigation } from './features/shell/navigation.svelte';
import { pageHost } from './lib/host/page-host.svelte';

/** Starts the app in an element of the page. */
export function start(target: HTMLElement) {
  performance.mark('app-start');
  mount(App, { target });
  pageHost.start();
  navigation.start();
}
