import { expect, test } from 'vitest';
import { backoffMs } from './backoff';

test('the pause doubles up to four seconds', () => {
  expect([1, 2, 3, 4, 5, 20].map((attempt) => backoffMs(attempt, () => 1))).toEqual([
    500, 1000, 2000, 4000, 4000, 4000,
  ]);
});

test('the pause is a random half to whole', () => {
  expect(backoffMs(1, () => 0)).toBe(250);
  expect(backoffMs(1, () => 0.5)).toBe(375);
});
