import type { Columns, Labels } from '../live/columns';

/** The newest values of a query, by the value of one label. */
export function newestBy(columns: Columns | null, key: (labels: Labels) => string): Map<string, number> {
  const values = new Map<string, number>();
  if (!columns) return values;
  columns.labels.forEach((labels, series) => {
    const value = columns.last(series);
    if (!Number.isNaN(value)) values.set(key(labels), value);
  });
  return values;
}

export type SortDirection = 'ascending' | 'descending';

/** Sorts rows by one of their fields; missing numbers are last either way. */
export function sortRows<Row>(
  rows: readonly Row[],
  field: keyof Row,
  direction: SortDirection,
  tieBreak: (row: Row) => string,
): Row[] {
  const sign = direction === 'ascending' ? 1 : -1;
  return [...rows].sort((a, b) => {
    const [x, y] = [a[field], b[field]];
    if (typeof x === 'number' && typeof y === 'number') {
      if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
      if (x !== y && !Number.isNaN(x)) return sign * (x - y);
    } else if (x !== y) return sign * String(x).localeCompare(String(y), 'en', { numeric: true });
    return tieBreak(a).localeCompare(tieBreak(b), 'en', { numeric: true });
  });
}
