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
  /** The second key of "g x". Few pages have one: the command menu (Ctrl K) finds all of them. */
  key?: string;
  /** The heading it stands under in the navigation; pages without one come first. */
  group?: 'Systems' | 'Application' | 'Settings';
  /** It is reached from the page at this path, which the navigation marks in its place. */
  under?: string;
  /** The page also owns the addresses below its path, such as `/models/gpt`. */
  nested?: boolean;
  /** The page shows one host: the top bar says which, and lets choose. */
  ofHost?: boolean;
  /** The page reads the time range: the top bar has the range and the live controls. */
  ranged?: boolean;
  /** Where it says so, it is quiet in the navigation until one of these is kept, however long ago the last one came. */
  keeps?: readonly Kept[];
  /** The first page comes with the app; the others when they are first opened. */
  component: Component | (() => Promise<{ default: Component }>);
  lazy: boolean;
}

/**
 * All pages, in the order of the navigation: adding one is one line here. The side navigation, the tab bar (the first
 * four, and "More"), the command menu and the shortcuts are made from this list.
 */
export const pages: readonly Page[] = [
  {
    path: '/',
    title: 'Overview',
    icon: 'overview',
    key: 'o',
    component: OverviewPage as Component,
    lazy: false,
    ofHost: true,
    ranged: true,
  },
  {
    path: '/explore',
    title: 'Explore',
    icon: 'explore',
    key: 'e',
    ranged: true,
    component: () => import('../explore/ExplorePage.svelte'),
    lazy: true,
  },
  {
    path: '/hosts',
    title: 'Hosts',
    icon: 'hosts',
    key: 'n',
    group: 'Systems',
    component: () => import('../hosts/HostsPage.svelte'),
    lazy: true,
  },
  {
    path: '/host',
    title: 'Host',
    icon: 'host',
    key: 'h',
    under: '/hosts',
    ofHost: true,
    ranged: true,
    component: () => import('../host/HostPage.svelte'),
    lazy: true,
  },
  {
    path: '/tasks',
    title: 'Tasks',
    icon: 'tasks',
    key: 't',
    group: 'Application',
    keeps: ['task'],
    ranged: true,
    component: () => import('../events/TasksPage.svelte'),
    lazy: true,
  },
  {
    path: '/pipelines',
    title: 'Pipelines',
    icon: 'pipelines',
    group: 'Application',
    keeps: ['pipeline'],
    ranged: true,
    component: () => import('../events/PipelinesPage.svelte'),
    lazy: true,
  },
  {
    path: '/models',
    title: 'Models',
    icon: 'models',
    group: 'Application',
    keeps: ['model'],
    ranged: true,
    component: () => import('../events/ModelsPage.svelte'),
    lazy: true,
  },
  {
    path: '/activity',
    title: 'Activity',
    icon: 'activity',
    group: 'Application',
    keeps: ['activity'],
    ranged: true,
    component: () => import('../events/ActivityPage.svelte'),
    lazy: true,
  },
  {
    path: '/business',
    title: 'Business',
    icon: 'business',
    key: 'b',
    group: 'Application',
    keeps: ['business', 'definitions'],
    ranged: true,
    component: () => import('../events/BusinessPage.svelte'),
    lazy: true,
  },
  {
    path: '/sources',
    title: 'Ingest',
    icon: 'sources',
    key: 'i',
    group: 'Settings',
    component: () => import('../sources/SourcesPage.svelte'),
    lazy: true,
  },
  {
    path: '/targets',
    title: 'Scrape targets',
    icon: 'targets',
    under: '/sources',
    component: () => import('../sources/TargetsPage.svelte'),
    lazy: true,
  },
  {
    path: '/definitions',
    title: 'Custom metrics',
    icon: 'definitions',
    group: 'Settings',
    component: () => import('../definitions/DefinitionsPage.svelte'),
    lazy: true,
  },
  {
    path: '/docs/api',
    title: 'API',
    icon: 'api',
    group: 'Settings',
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

/** Fetches the code of all pages, one after the other: it is there when the server is away. */
export async function fetchPages(list: readonly Page[] = pages): Promise<void> {
  for (const page of list) if (page.lazy) await (page.component as () => Promise<unknown>)().catch(() => {}); // its own opening tells what is wrong
}
