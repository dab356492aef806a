import { expect, test } from 'vitest';
import { naturalOrder } from './natural';

test('numbers in names are ordered by their value, letters without their case, the shorter name first', () => {
  const ordered = ['', '9', '10', 'a', 'B', 'c', 'cpu', 'cpu 1', 'cpu2', 'cpu2a', 'cpu10', 'Disk', 'disk', 'zürich'];
  expect([...ordered].reverse().sort(naturalOrder)).toEqual(ordered);
});

test('equal names are equal, whatever is in them', () => {
  for (const name of ['', 'eth0', '007', '9'.repeat(400), 'é漢']) expect(naturalOrder(name, name)).toBe(0);
});
