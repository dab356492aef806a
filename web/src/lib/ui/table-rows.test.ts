import { expect, test } from 'vitest';
import { Columns } from '../live/columns';
import { newestBy, sortRows } from './table-rows';

const rows = [
  { name: 'b', cpu: 1 },
  { name: 'a', cpu: NaN },
  { name: 'c10', cpu: 3 },
  { name: 'c9', cpu: 3 },
];
const names = (sorted: { name: string }[]) => sorted.map((row) => row.name);

test('rows are sorted by a number, missing ones last either way', () => {
  expect(names(sortRows(rows, 'cpu', 'descending', (row) => row.name))).toEqual(['c9', 'c10', 'b', 'a']);
  expect(names(sortRows(rows, 'cpu', 'ascending', (row) => row.name))).toEqual(['b', 'c9', 'c10', 'a']);
});

test('rows are sorted by a name in the natural order', () => {
  expect(names(sortRows(rows, 'name', 'ascending', (row) => row.name))).toEqual(['a', 'b', 'c9', 'c10']);
});

test('the newest values are found by label, without those that are gone', () => {
  const columns = new Columns(1000, 5);
  columns.setSeries([{ p: 'x' }, { p: 'y' }]);
  columns.append(1000, Float64Array.of(1, 2));
  columns.append(2000, Float64Array.of(3, NaN));
  expect([...newestBy(columns, (labels) => labels.p)]).toEqual([['x', 3]]);
  expect(newestBy(null, (labels) => labels.p).size).toBe(0);
});
