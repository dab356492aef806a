import { expect, test } from 'vitest';
import { backoffMs } from './backoff';

test('the pause doubles up to fifteen seconds', () => {
  expect([1, 2, 3, 5, 6, 20].map((attempt) => backoffMs(attempt, () => 1))).toEqual([
    500, 1000, 2000, 8000, 15_000, 15_000,
  ]);
});

test('the pause is a random half to whole', () => {
  expect(backoffMs(1, () => 0)).toBe(250);
  expect(backoffMs(1, () => 0.5)).toBe(375);
});
