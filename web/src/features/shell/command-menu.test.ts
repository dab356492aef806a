import { fireEvent, render, screen } from '@testing-library/svelte';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { router } from '../../lib/router.svelte';
import CommandMenu from './CommandMenu.svelte';
import { find, readRecent, remember, type Entry } from './command-menu';
import { commands } from './commands.svelte';

const entry = (label: string, detail = ''): Entry => ({
  id: label,
  kind: 'Metric',
  label,
  detail,
  icon: 'explore',
  run: () => {},
});
const labels = (entries: readonly Entry[]) => entries.map((one) => one.label);

beforeEach(() => {
  localStorage.clear();
  router.go('/');
  vi.stubGlobal('fetch', async (request: Request | URL | string) => {
    const url = request instanceof Request ? request.url : String(request);
    if (url.includes('/hosts')) return Response.json({ hosts: [] });
    return Response.json({ status: 'success', data: url.includes('/label/') ? ['system_disk_io_bytes_total'] : {} });
  });
  HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLElement.prototype.scrollIntoView ??= () => {};
});

describe('the command menu finds', () => {
  test('names that begin with the text first, then words, then what contains it, then meanings', () => {
    const entries = [
      entry('errors', 'of a disk'),
      entry('undisked'),
      entry('system_disk_io'),
      entry('disk_total'),
      entry('disk'),
    ];
    expect(labels(find(entries, 'disk'))).toEqual(['disk', 'disk_total', 'system_disk_io', 'undisked', 'errors']);
  });

  test('only what has all of the words, in any order and case', () => {
    const entries = [entry('system_disk_io_bytes_total'), entry('system_network_io_bytes_total')];
    expect(labels(find(entries, 'IO disk'))).toEqual(['system_disk_io_bytes_total']);
    expect(find(entries, 'disk memory')).toEqual([]);
  });

  test('pages by name, goes there by Enter and remembers it', async () => {
    render(CommandMenu);
    const field = screen.getByRole('combobox');
    await fireEvent.input(field, { target: { value: 'custom' } });
    expect(screen.getAllByRole('option')[0].textContent).toContain('Custom metrics');
    await fireEvent.keyDown(field, { key: 'Enter' });
    expect(location.pathname).toBe('/definitions');
    expect(readRecent()).toEqual(['go./definitions']);
  });

  test('metrics, and opens them in Explore', async () => {
    render(CommandMenu);
    await vi.waitFor(async () => {
      await fireEvent.input(screen.getByRole('combobox'), { target: { value: 'disk io' } });
      expect(screen.getAllByRole('option')[0].textContent).toContain('system_disk_io_bytes_total');
    });
    await fireEvent.click(screen.getAllByRole('option')[0]);
    expect(location.pathname).toBe('/explore');
    expect(new URLSearchParams(location.search).get('a')).toContain('system_disk_io_bytes_total');
  });

  test('nothing, and says so', async () => {
    render(CommandMenu);
    await fireEvent.input(screen.getByRole('combobox'), { target: { value: 'no such thing' } });
    expect(screen.queryAllByRole('option')).toEqual([]);
    await vi.waitFor(() => expect(screen.getByRole('status').textContent).toContain('Nothing is called'));
  });
});

test('the arrows go through the list and round its ends', async () => {
  render(CommandMenu);
  const field = screen.getByRole('combobox');
  await fireEvent.input(field, { target: { value: 'application' } });
  const count = screen.getAllByRole('option').length;
  const chosen = () => screen.getAllByRole('option').findIndex((one) => one.getAttribute('aria-selected') === 'true');
  await fireEvent.keyDown(field, { key: 'ArrowUp' });
  expect(chosen()).toBe(count - 1);
  await fireEvent.keyDown(field, { key: 'ArrowDown' });
  expect(chosen()).toBe(0);
});

test('Ctrl K opens it even while somebody types, the slash only while nobody does', () => {
  commands.menuOpen = false;
  const press = (key: string, target: EventTarget, init: KeyboardEventInit = {}) => {
    const event = new KeyboardEvent('keydown', { key, cancelable: true, ...init });
    Object.defineProperty(event, 'target', { value: target });
    commands.onKey(event);
    const opened = commands.menuOpen;
    commands.menuOpen = false;
    return opened;
  };
  expect(press('/', document.createElement('input'))).toBe(false);
  expect(press('k', document.createElement('input'), { ctrlKey: true })).toBe(true);
  expect(press('/', document.body)).toBe(true);
});

test('what was chosen last comes first, once, and only so many are kept', () => {
  for (const id of ['a', 'b', 'c', 'a', 'd', 'e', 'f', 'g']) remember(id);
  expect(readRecent()).toEqual(['g', 'f', 'e', 'd', 'a', 'c']);
});
