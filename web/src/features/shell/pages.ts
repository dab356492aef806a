import type { Component } from 'svelte';
import type { IconName } from '../../lib/ui/Icon.svelte';
import OverviewPage from '../overview/OverviewPage.svelte';

/** A page: where it is, how it is called, and how to get its component. The navigation lists these and nothing else. */
export interface Page {
  path: string;
  title: string;
  icon: IconName;
  /** The first page comes with the app; the others when they are first opened. */
  component: Component | (() => Promise<{ default: Component }>);
  lazy: boolean;
}

export const pages: readonly Page[] = [
  { path: '/', title: 'Overview', icon: 'overview', component: OverviewPage as Component, lazy: false },
  { path: '/host', title: 'Host', icon: 'host', component: () => import('../host/HostPage.svelte'), lazy: true },
];
