import type { InstantData } from '../../lib/api/schema';
import { naturalOrder } from '../../lib/format/natural';
import { numberOf } from './answers';
import { nameSeries } from './legend-stats';

/** One line of the table: a series with its value, or the value alone. */
export interface ResultRow {
  labels: Readonly<Record<string, string>>;
  /** As the server wrote it. */
  text: string;
  value: number;
  /** Of a range: its samples, the newest last. */
  samples: readonly (readonly [number, string])[] | null;
}

export interface ResultRows {
  /** Columns of labels; the metric name first. */
  names: readonly string[];
  /** Labels that are the same in all of several rows: said once, for the values to have room. */
  common: Readonly<Record<string, string>>;
  rows: readonly ResultRow[];
}

export function resultRows(result: InstantData): ResultRows {
  if (result.resultType === 'scalar' || result.resultType === 'string') {
    const [, text] = result.result;
    const value = result.resultType === 'scalar' ? numberOf(text) : NaN;
    return { names: [], common: {}, rows: [{ labels: {}, text, value, samples: null }] };
  }
  const rows =
    result.resultType === 'vector'
      ? result.result.map(({ metric, value }) => rowOf(metric, value?.[1] ?? 'native histogram', null))
      : result.result.map(({ metric, values = [] }) => rowOf(metric, values.at(-1)?.[1] ?? '', values));
  const { common } = nameSeries(rows.map((row) => row.labels));
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.labels).filter((name) => !(name in common))))].sort(
    (a, b) => Number(b === '__name__') - Number(a === '__name__') || (a < b ? -1 : 1),
  );
  return { names, common, rows };
}

function rowOf(labels: Readonly<Record<string, string>>, text: string, samples: ResultRow['samples']): ResultRow {
  return { labels, text, value: numberOf(text), samples };
}

const ordering = /\b(?:sort|sort_desc|sort_by_label|sort_by_label_desc|topk|bottomk)\b/;

/** Rows in the natural order of their labels, unless the expression has asked for one of its own. */
export function ordered(rows: readonly ResultRow[], names: readonly string[], expr: string): readonly ResultRow[] {
  if (ordering.test(expr)) return rows;
  return [...rows].sort((a, b) => {
    for (const name of names) {
      const order = naturalOrder(a.labels[name] ?? '', b.labels[name] ?? '');
      if (order !== 0) return order;
    }
    return 0;
  });
}

/** `column` is a label, or "" for the value; without one the order stays as it is. */
export function sortResult(
  rows: readonly ResultRow[],
  column: string | null,
  descending: boolean,
): readonly ResultRow[] {
  if (column === null) return rows;
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    if (column !== '') return sign * naturalOrder(a.labels[column] ?? '', b.labels[column] ?? '');
    if (Number.isNaN(a.value) || Number.isNaN(b.value))
      return Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value));
    return sign * (a.value - b.value);
  });
}

export function findRows(rows: readonly ResultRow[], find: string): readonly ResultRow[] {
  const words = find.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = Object.entries(row.labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
