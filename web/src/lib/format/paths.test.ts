import { expect, test } from 'vitest';
import { pathsOf } from './paths';

test('a value of any shape is read by paths', () => {
  expect(pathsOf({ a: { b: 1, c: { d: 'x' } }, list: [1, 2], none: null, empty: {} })).toEqual([
    ['a.b', '1'],
    ['a.c.d', 'x'],
    ['list', '[1,2]'],
    ['none', 'null'],
    ['empty', '{}'],
  ]);
});
