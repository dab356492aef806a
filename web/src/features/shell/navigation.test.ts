import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { commands } from './commands.svelte';
import { navigation } from './navigation.svelte';
import { pageAt, pages, type Page } from './pages';
import SideNav from './SideNav.svelte';
import TabBar from './TabBar.svelte';
import { router } from '../../lib/router.svelte';

beforeEach(() => router.go('/'));
afterEach(() => vi.unstubAllGlobals());

describe('a page', () => {
  test('is found at its path, and below it when it says so', () => {
    const page = (path: string, nested: boolean) => ({ ...pages[1], path, nested }) as Page;
    const list = [page('/models', true), page('/host', false)];
    expect(pageAt('/models', list)).toBe(list[0]);
    expect(pageAt('/models/gpt', list)).toBe(list[0]);
    expect(pageAt('/modelsx', list)).toBeUndefined();
    expect(pageAt('/host/x', list)).toBeUndefined();
  });

  test('has a path of its own, and no shortcut of another', () => {
    const keys = commands.list.map((command) => command.keys).filter((one) => one !== '');
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(pages.map((one) => one.path)).size).toBe(pages.length);
  });
});

describe('the navigation', () => {
  test('marks the page that is open, or the one that leads to it', () => {
    router.go('/explore');
    const { unmount } = render(SideNav);
    expect(screen.getByRole('link', { name: 'Explore' }).getAttribute('aria-current')).toBe('page');
    expect(screen.getByRole('link', { name: 'Overview' }).getAttribute('aria-current')).toBeNull();
    unmount();
    router.go('/host');
    render(SideNav);
    expect(screen.getByRole('link', { name: 'Hosts' }).getAttribute('aria-current')).toBe('page');
  });

  test('can be narrow, which is remembered', async () => {
    render(SideNav);
    const button = screen.getByRole('button', { name: 'Narrow navigation' });
    await fireEvent.click(button);
    expect(button.getAttribute('aria-pressed')).toBe('true');
    expect(document.documentElement.dataset.nav).toBe('narrow');
    expect(localStorage.getItem('barograph.navigation')).toBe('narrow');
    await fireEvent.click(button);
    expect(document.documentElement.dataset.nav).toBeUndefined();
  });

  test('lists every page that no other leads to, always in the same place', () => {
    const listed = navigation.groups.flatMap((group) => group.pages);
    expect(listed).toEqual(pages.filter((page) => !page.under));
    for (const page of pages.filter((one) => one.under))
      expect(listed.some((one) => one.path === page.under)).toBe(true);
  });

  test('is quiet about a page of events until one is kept; Business speaks also for a definition alone', async () => {
    const loud = async (kinds: object[], definitions: number) => {
      vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ kinds, definitions, rejected: 0 })));
      await navigation.askWhatIsKept();
      return pages.filter((page) => page.keeps && !navigation.isQuiet(page)).map((page) => page.title);
    };
    expect(await loud([{ kind: 'task', count: 3 }], 0)).toEqual(['Tasks']);
    expect(await loud([{ kind: 'pipeline', count: 0 }], 1)).toEqual(['Business']);
    vi.stubGlobal('fetch', () => Promise.reject(new Error('away')));
    await navigation.askWhatIsKept();
    expect(navigation.isQuiet(pages.find((page) => page.title === 'Business')!)).toBe(false);
    expect(await loud([], 0)).toEqual([]);
    expect(navigation.isQuiet(pages.find((page) => page.title === 'Explore')!)).toBe(false);
  });

  test('has five tabs, the last of them for the rest', () => {
    render(TabBar);
    expect(document.querySelectorAll('.tab').length).toBe(5);
    const more = navigation.more.flatMap((group) => group.pages);
    expect([...navigation.tabs, ...more]).toEqual(navigation.listed);
  });
});
