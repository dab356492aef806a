import { describe, expect, test } from 'vitest';
import { Fitting } from './fitting.svelte';

/** A table of columns that are 100 px wide each, measured until it rests. */
function settle(fitting: Fitting, columns: number, room: number): number {
  for (let i = 0; i < 20; i++) fitting.measure(room, Math.max(room, (columns - fitting.left) * 100), 0);
  return fitting.left;
}

describe('a table', () => {
  test('leaves out as many columns as it must, and no more', () => {
    const fitting = new Fitting(() => 5);
    expect(settle(fitting, 8, 800)).toBe(0);
    expect(settle(fitting, 8, 790)).toBe(1);
    expect(settle(fitting, 8, 430)).toBe(4);
  });

  test('does so at its first look: nothing else may come to make it look again', () => {
    const fitting = new Fitting(() => 5);
    fitting.measure(700, 800, 0);
    expect(fitting.left).toBe(1);
  });

  test('takes them in again when there is room', () => {
    const fitting = new Fitting(() => 5);
    settle(fitting, 8, 350);
    expect(settle(fitting, 8, 640)).toBe(2);
    expect(settle(fitting, 8, 2000)).toBe(0);
  });

  test('never leaves out one that must stay, and says that there is more to the right', () => {
    const fitting = new Fitting(() => 2);
    expect(settle(fitting, 8, 300)).toBe(2);
    expect(fitting.more).toBe(true);
    fitting.measure(300, 600, 300);
    expect(fitting.more).toBe(false);
  });

  test('with other columns than before begins anew', () => {
    let leavable = 5;
    const fitting = new Fitting(() => leavable);
    settle(fitting, 8, 300);
    leavable = 1;
    expect(settle(fitting, 3, 300)).toBe(0);
  });
});
