import type { Component } from 'svelte';
import type { IconName } from '../../lib/ui/Icon.svelte';
import OverviewPage from '../overview/OverviewPage.svelte';

/** Kinds of events as `/api/v1/events/kinds` calls them, and definitions. */
export type Kept = 'task' | 'pipeline' | 'model' | 'activity' | 'business' | 'definitions';

/** A page: where it is, how it is called, and how to get its component. */
export interface Page {
  path: string;
  title: string;
  icon: IconName;
  /** The second key of "g x"; the first letter of the title where it is not given. */
  key?: string;
  /** The heading it stands under in the side navigation; pages without one come first. */
  group?: 'Observe' | 'Respond' | 'Manage';
  /** The page also owns the addresses below its path, such as `/models/gpt`. */
  nested?: boolean;
  /** The page shows one host: the top bar says which, and lets choose. */
  ofHost?: boolean;
  /** PromQL: the page is in the navigation only while this had a value within the last hour. Its address always works. */
  needs?: string;
  /** The page is in the navigation only while one of these is kept, however long ago the last one came. */
  keeps?: readonly Kept[];
  /** The first page comes with the app; the others when they are first opened. */
  component: Component | (() => Promise<{ default: Component }>);
  lazy: boolean;
}

/**
 * All pages, in the order of the navigation: adding one is one line here. The side navigation, the tab bar (the first
 * four, and "More") and the shortcuts are made from this list.
 */
export const pages: readonly Page[] = [
  { path: '/', title: 'Overview', icon: 'overview', component: OverviewPage as Component, lazy: false, ofHost: true },
  {
    path: '/explore',
    title: 'Explore',
    icon: 'explore',
    component: () => import('../explore/ExplorePage.svelte'),
    lazy: true,
  },
  {
    path: '/host',
    title: 'Host',
    icon: 'host',
    component: () => import('../host/HostPage.svelte'),
    lazy: true,
    ofHost: true,
  },
  {
    path: '/hosts',
    title: 'Hosts',
    icon: 'hosts',
    key: 'n',
    needs: 'count(count by (instance) (host_info)) > 1',
    component: () => import('../hosts/HostsPage.svelte'),
    lazy: true,
  },
  {
    path: '/tasks',
    title: 'Tasks',
    icon: 'tasks',
    key: 't',
    keeps: ['task'],
    component: () => import('../events/TasksPage.svelte'),
    lazy: true,
  },
  {
    path: '/pipelines',
    title: 'Pipelines',
    icon: 'pipelines',
    key: 'p',
    keeps: ['pipeline'],
    component: () => import('../events/PipelinesPage.svelte'),
    lazy: true,
  },
  {
    path: '/models',
    title: 'Models',
    icon: 'models',
    key: 'm',
    keeps: ['model'],
    component: () => import('../events/ModelsPage.svelte'),
    lazy: true,
  },
  {
    path: '/activity',
    title: 'Activity',
    icon: 'activity',
    key: 'y',
    keeps: ['activity'],
    component: () => import('../events/ActivityPage.svelte'),
    lazy: true,
  },
  {
    path: '/business',
    title: 'Business',
    icon: 'business',
    key: 'b',
    keeps: ['business', 'definitions'],
    component: () => import('../events/BusinessPage.svelte'),
    lazy: true,
  },
  {
    path: '/definitions',
    title: 'Definitions',
    icon: 'definitions',
    key: 'd',
    group: 'Manage',
    component: () => import('../definitions/DefinitionsPage.svelte'),
    lazy: true,
  },
  {
    path: '/sources',
    title: 'Sources',
    icon: 'sources',
    group: 'Manage',
    component: () => import('../sources/SourcesPage.svelte'),
    lazy: true,
  },
  {
    path: '/targets',
    title: 'Targets',
    icon: 'targets',
    key: 'r', // t is for tasks
    group: 'Manage',
    needs: 'count(up)',
    component: () => import('../sources/TargetsPage.svelte'),
    lazy: true,
  },
  {
    path: '/docs/api',
    title: 'API',
    icon: 'api',
    group: 'Manage',
    component: () => import('../api-docs/ApiDocsPage.svelte'),
    lazy: true,
  },
];

/** The page at an address, if there is one. */
export function pageAt(path: string, list: readonly Page[] = pages): Page | undefined {
  return (
    list.find((page) => page.path === path) ?? list.find((page) => page.nested && path.startsWith(`${page.path}/`))
  );
}
