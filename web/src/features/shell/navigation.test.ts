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

  test('has a shortcut and a path of its own', () => {
    const keys = commands.list.map((command) => command.keys);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(pages.map((one) => one.path)).size).toBe(pages.length);
  });
});

describe('the navigation', () => {
  test('marks the page that is open', () => {
    router.go('/host');
    render(SideNav);
    expect(screen.getByRole('link', { name: 'Host' }).getAttribute('aria-current')).toBe('page');
    expect(screen.getByRole('link', { name: 'Overview' }).getAttribute('aria-current')).toBeNull();
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

  test('has a page without data only while it is open', () => {
    const unmet = pages.filter((page) => page.needs ?? page.keeps);
    expect(navigation.listed).toEqual(pages.filter((page) => !unmet.includes(page)));
    for (const page of unmet) {
      router.go(page.path);
      expect(navigation.listed).toContain(page);
    }
  });

  test('has the pages of events that are kept, and Business also for a definition alone', async () => {
    const keeps = async (kinds: object[], definitions: number) => {
      vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ kinds, definitions, rejected: 0 })));
      await navigation.askWhatIsKept();
      return navigation.listed.filter((page) => page.keeps).map((page) => page.title);
    };
    expect(await keeps([{ kind: 'task', count: 3 }], 0)).toEqual(['Tasks']);
    expect(await keeps([{ kind: 'pipeline', count: 0 }], 1)).toEqual(['Business']);
    vi.stubGlobal('fetch', () => Promise.reject(new Error('away')));
    await navigation.askWhatIsKept();
    expect(navigation.listed.some((page) => page.title === 'Business')).toBe(true);
    expect(await keeps([], 0)).toEqual([]);
  });

  test('has at most five tabs, the last of them for the rest', () => {
    render(TabBar);
    const tabs = document.querySelectorAll('.tab');
    expect(tabs.length).toBe(Math.min(5, navigation.listed.length));
    expect(navigation.tabs.length + navigation.more.length).toBe(navigation.listed.length);
  });
});
