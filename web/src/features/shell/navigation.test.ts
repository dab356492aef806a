import { fireEvent, render, screen } from '@testing-library/svelte';
import { beforeEach, describe, expect, test } from 'vitest';
import { commands } from './commands.svelte';
import { navigation } from './navigation.svelte';
import { pageAt, pages, type Page } from './pages';
import SideNav from './SideNav.svelte';
import TabBar from './TabBar.svelte';
import { router } from '../../lib/router.svelte';

beforeEach(() => router.go('/'));

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
    const unmet = pages.filter((page) => page.needs);
    expect(navigation.listed).toEqual(pages.filter((page) => !unmet.includes(page)));
    for (const page of unmet) {
      router.go(page.path);
      expect(navigation.listed).toContain(page);
    }
  });

  test('has at most five tabs, the last of them for the rest', () => {
    render(TabBar);
    const tabs = document.querySelectorAll('.tab');
    expect(tabs.length).toBe(Math.min(5, navigation.listed.length));
    expect(navigation.tabs.length + navigation.more.length).toBe(navigation.listed.length);
  });
});
