import { fireEvent, render, screen } from '@testing-library/svelte';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { router } from '../../lib/router.svelte';
import { pageRange } from '../../lib/time/page-range.svelte';
import { theme } from '../../lib/ui/theme.svelte';
import { commands } from './commands.svelte';
import TimeRangePicker from './TimeRangePicker.svelte';

beforeEach(() => {
  router.go('/');
  // happy-dom has no popovers.
  HTMLElement.prototype.hidePopover ??= () => {};
});

const press = (key: string, target: EventTarget = document.body, init: KeyboardEventInit = {}) => {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init });
  Object.defineProperty(event, 'target', { value: target });
  commands.onKey(event);
};

/** happy-dom has no popovers, so it does not tell that one opens either. */
async function openPicker() {
  render(TimeRangePicker);
  const popover = screen.getByRole('dialog', { name: 'Time range' });
  await fireEvent(popover, Object.assign(new Event('beforetoggle'), { newState: 'open' }));
}

describe('the time range', () => {
  test('is in the address, and its name on the button', async () => {
    await openPicker();
    expect(screen.getByRole('button', { name: /^Time range:/ }).textContent).toContain('Last 5 minutes');
    await fireEvent.click(screen.getByText('Last 3 hours', { selector: 'li button' }));
    expect(location.search).toBe('?range=3h');
    expect(pageRange.current).toEqual({ rangeMs: 3 * 3_600_000 });
    expect(screen.getByRole('button', { name: /^Time range:/ }).textContent).toContain('Last 3 hours');
  });

  test('can be typed, and says when it is not understood', async () => {
    await openPicker();
    const field = screen.getByLabelText('Type a range');
    await fireEvent.input(field, { target: { value: 'soon' } });
    await fireEvent.submit(field.closest('form')!);
    expect(screen.getByRole('status').textContent).toContain('Not understood');
    expect(field.getAttribute('aria-invalid')).toBe('true');
    await fireEvent.input(field, { target: { value: '2 days' } });
    await fireEvent.submit(field.closest('form')!);
    expect(location.search).toBe('?range=2d');
  });

  test('of a zoom is wide enough, and goes back to the live range', () => {
    router.go('/?range=1h');
    pageRange.zoom(1_763_700_000_000, 1_763_700_002_000);
    expect(pageRange.spanMs).toBe(10_000);
    expect(pageRange.link('/host', '#cpu')).toBe(
      '/host?range=1h&from=2025-11-21T04:39:56Z&to=2025-11-21T04:40:06Z#cpu',
    );
    pageRange.reset();
    expect(location.search).toBe('?range=1h');
    pageRange.zoomOut();
    expect(location.search).toBe('?range=2h');
  });
});

describe('a shortcut', () => {
  test('goes to a page by two keys', () => {
    press('g');
    press('h');
    expect(location.pathname).toBe('/host');
    press('g');
    press('o');
    expect(location.pathname).toBe('/');
  });

  test('does nothing while somebody types, or with a modifier', () => {
    const toggle = vi.spyOn(theme, 'toggle');
    press('t', document.createElement('input'));
    press('t', document.body, { ctrlKey: true });
    expect(toggle).not.toHaveBeenCalled();
    press('t');
    expect(toggle).toHaveBeenCalledTimes(1);
  });

  test('can be switched off for good', () => {
    const toggle = vi.spyOn(theme, 'toggle');
    commands.setEnabled(false);
    press('t');
    expect(toggle).not.toHaveBeenCalled();
    expect(localStorage.getItem('barograph.shortcuts')).toBe('off');
    commands.setEnabled(true);
  });
});

describe('a link', () => {
  test('of ours is followed without a load, others are left alone', () => {
    for (const href of ['/host', 'https://example.org/'])
      document.body.append(Object.assign(document.createElement('a'), { href }));
    const [ours, other] = document.querySelectorAll('a');
    expect(ours.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }))).toBe(false);
    expect(location.pathname).toBe('/host');
    other.addEventListener('click', (event) => {
      expect(event.defaultPrevented).toBe(false);
      event.preventDefault();
    });
    other.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
    expect(location.pathname).toBe('/host');
  });
});

describe('the theme', () => {
  test('is switched and remembered', () => {
    const before = theme.current;
    theme.toggle();
    expect(theme.current).not.toBe(before);
    expect(document.documentElement.dataset.theme).toBe(theme.current);
    expect(localStorage.getItem('barograph.theme')).toBe(theme.current);
  });

  test('is light on paper, and afterwards what it was', () => {
    if (theme.current === 'light') theme.toggle();
    dispatchEvent(new Event('beforeprint'));
    expect(document.documentElement.dataset.theme).toBe('light');
    dispatchEvent(new Event('afterprint'));
    expect(document.documentElement.dataset.theme).toBe('dark');
  });
});
