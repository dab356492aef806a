import { expect, test, vi } from 'vitest';
import { Gutter } from './gutter';
import { shortNames } from './short-names';

test('all charts have the room of the widest labels, and are told when it changes', () => {
  const gutter = new Gutter();
  const [a, b] = [{}, {}];
  const redrawn = { a: vi.fn(), b: vi.fn() };
  expect(gutter.take(a, 44, redrawn.a)).toBe(44);
  expect(gutter.take(b, 70, redrawn.b)).toBe(70);
  expect(redrawn.a).toHaveBeenCalledTimes(1);
  expect(gutter.take(a, 50, redrawn.a)).toBe(70);
  expect(gutter.take(b, 60, redrawn.b)).toBe(70); // it keeps what it has had
  expect(redrawn.b).not.toHaveBeenCalled();
  gutter.leave(b);
  expect(gutter.take(a, 50, redrawn.a)).toBe(50);
});

test('long names lose what they share, or their middle', () => {
  expect(shortNames(['a', 'b'])).toEqual(['a', 'b']);
  const endpoint = '{endpoint="/api/v2/customers/0815/orders/4711/';
  expect(shortNames([`${endpoint}items"}`, `${endpoint}total"}`])).toEqual(['…items"}', '…total"}']);
  const [one] = shortNames(['x'.repeat(30) + 'y'.repeat(30)]);
  expect(one).toHaveLength(44);
  expect(one).toMatch(/^x+…x*y+$/);
});
