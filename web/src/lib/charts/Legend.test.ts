import { fireEvent, render, screen } from '@testing-library/svelte';
import { describe, expect, test, vi } from 'vitest';
import Legend from './Legend.svelte';
import type { ChartSeries } from './series';

const series = (name: string, rest = false): ChartSeries => ({ column: 0, name, identity: name, colour: 1, rest });

function show(list: ChartSeries[], hidden: string[] = []) {
  const toggle = vi.fn();
  const isolate = vi.fn();
  render(Legend, {
    series: list,
    values: list.map((_, i) => i / 10),
    unit: 'ratio',
    hidden: new Set(hidden),
    toggle,
    isolate,
  });
  return { toggle, isolate };
}

describe('a legend', () => {
  test('names each series with its value, as a button that says whether it is shown', () => {
    show([series('user'), series('system')], ['system']);
    expect(screen.getByRole('button', { name: 'user 0%' }).getAttribute('aria-pressed')).toBe('true');
    expect(screen.getByRole('button', { name: 'system 10%' }).getAttribute('aria-pressed')).toBe('false');
  });

  test('hides by a click', async () => {
    const { toggle } = show([series('user')]);
    await fireEvent.click(screen.getByRole('button'), { detail: 1 });
    expect(toggle).toHaveBeenCalledWith(expect.objectContaining({ name: 'user' }));
  });

  test('shows one alone by a double click, or by Alt and Enter', async () => {
    const { toggle, isolate } = show([series('user')]);
    await fireEvent.click(screen.getByRole('button'), { detail: 1 });
    await fireEvent.click(screen.getByRole('button'), { detail: 2 });
    await fireEvent.dblClick(screen.getByRole('button'));
    expect(toggle).toHaveBeenCalledTimes(2); // once by the first click, once taken back
    expect(isolate).toHaveBeenCalledTimes(1);
    await fireEvent.keyDown(screen.getByRole('button'), { key: 'Enter', altKey: true });
    expect(isolate).toHaveBeenCalledTimes(2);
  });

  test('keeps its places when a series goes, and has those of series that are still to come', async () => {
    const places = (container: Element) => container.querySelectorAll('.legend > *').length;
    const props = {
      values: [0.1, 0.2],
      unit: 'ratio' as const,
      hidden: new Set<string>(),
      toggle: vi.fn(),
      isolate: vi.fn(),
    };
    const { container, rerender } = render(Legend, { ...props, series: [], known: ['user', 'system', 'steal'] });
    expect(places(container)).toBe(3);
    await rerender({ ...props, series: ['user', 'system', 'steal', 'nice'].map((name) => series(name)) });
    expect(places(container)).toBe(4);
    await rerender({ ...props, series: [series('user')] });
    expect(places(container)).toBe(4);
  });

  test('is as wide for any values of a unit', async () => {
    const props = { unit: 'ratio' as const, hidden: new Set<string>(), toggle: vi.fn(), isolate: vi.fn() };
    const { container, rerender } = render(Legend, { ...props, series: [series('interrupt')], values: [0] });
    const before = container.querySelector('.legend')!.getAttribute('style');
    expect(before).toContain('--reading: 7ch');
    await rerender({ ...props, series: [series('interrupt')], values: [0.00508] });
    expect(container.querySelector('.legend')!.getAttribute('style')).toBe(before);
    expect(screen.getByRole('button', { name: 'interrupt 0.508%' })).toBeTruthy();
  });

  test('lists the rest only when asked', async () => {
    show([series('a'), series('b', true), series('c', true)]);
    expect(screen.queryByRole('button', { name: /^b/ })).toBeNull();
    await fireEvent.click(screen.getByRole('button', { name: '2 more' }));
    expect(screen.getByRole('button', { name: /^b/ })).toBeTruthy();
  });
});
