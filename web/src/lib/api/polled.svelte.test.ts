import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { liveState } from '../live/live.svelte';
import { Polled } from './polled.svelte';

let stop: () => void = () => {};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  stop();
  liveState.resume();
  vi.useRealTimers();
});

/** A resource that counts how often it was asked for. */
function start(): { polled: Polled<number>; asked: () => number } {
  let count = 0;
  let polled!: Polled<number>;
  stop = $effect.root(() => {
    polled = new Polled(() => Promise.resolve(++count), 1_000);
  });
  flushSync();
  return { polled, asked: () => count };
}

test('a resource is asked for at once and again', async () => {
  const { polled, asked } = start();
  await vi.advanceTimersByTimeAsync(2_500);
  expect(asked()).toBe(3);
  expect(polled.value).toBe(3);
});

test('a paused page stands still, and goes on at once', async () => {
  const { polled, asked } = start();
  await vi.advanceTimersByTimeAsync(0);
  liveState.pause();
  flushSync();
  document.dispatchEvent(new Event('visibilitychange'));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked()).toBe(1);
  polled.again(); // what a person does is answered
  await vi.advanceTimersByTimeAsync(5_000);
  expect(polled.value).toBe(2);
  liveState.resume();
  flushSync();
  await vi.advanceTimersByTimeAsync(0);
  expect(asked()).toBe(3);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(asked()).toBe(4);
});
