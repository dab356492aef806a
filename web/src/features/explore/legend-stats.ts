import type { Columns, Labels } from '../../lib/live/columns';
import type { ChartSeries } from '../../lib/charts/series';
import { naturalOrder } from '../../lib/format/natural';

export interface LegendRow {
  series: ChartSeries;
  name: string;
  last: number;
  min: number;
  max: number;
  avg: number;
}

export type LegendColumn = 'name' | 'last' | 'min' | 'max' | 'avg';
export const legendColumns: readonly LegendColumn[] = ['name', 'last', 'min', 'max', 'avg'];

/** What the points of each series say; NaN where there is none. `last` is the newest sample, not the newest point. */
export function legendRows(columns: Columns, series: readonly ChartSeries[]): LegendRow[] {
  return series.map((one) => {
    let last = NaN;
    let min = Infinity;
    let max = -Infinity;
    let sum = 0;
    let count = 0;
    for (const value of columns.values(one.column)) {
      if (Number.isNaN(value)) continue;
      last = value;
      if (value < min) min = value;
      if (value > max) max = value;
      sum += value;
      count++;
    }
    return count === 0
      ? { series: one, name: one.name, last, min: NaN, max: NaN, avg: NaN }
      : { series: one, name: one.name, last, min, max, avg: sum / count };
  });
}

/** `sort`: a column, "-" in front for descending. A series without a value comes last in both directions. */
export function sortRows(rows: readonly LegendRow[], sort: string): LegendRow[] {
  const { column, descending } = readSort(sort);
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    if (column === 'name') return sign * naturalOrder(a.name, b.name);
    const [x, y] = [a[column], b[column]];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return sign * (x - y) || naturalOrder(a.name, b.name);
  });
}

export function readSort(sort: string): { column: LegendColumn; descending: boolean } {
  const column = legendColumns.find((one) => one === sort.replace(/^-/, ''));
  return { column: column ?? 'name', descending: column !== undefined && sort.startsWith('-') };
}

/** What a click on a column's head makes of the sort: numbers begin with the largest. */
export function nextSort(sort: string, clicked: LegendColumn): string {
  const { column, descending } = readSort(sort);
  if (column !== clicked) return clicked === 'name' ? clicked : `-${clicked}`;
  return descending ? clicked : `-${clicked}`;
}

/** Every word is in the name. */
export function matches(name: string, find: string): boolean {
  const lower = name.toLowerCase();
  return find
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}

export interface SeriesNames {
  /** The labels that all series have in common. */
  common: Labels;
  /** The others: what tells the series apart. */
  differing: string[];
  /** The only one of those, if it is only one: then its values are the names. */
  by: string | null;
  names: string[];
}

/** What all series have in common is said once, and their names say what differs. */
export function nameSeries(labels: readonly Labels[]): SeriesNames {
  const [first = {}, ...rest] = labels;
  const isCommon = ([name, value]: [string, string]) => rest.every((set) => set[name] === value);
  const common = rest.length === 0 ? {} : Object.fromEntries(Object.entries(first).filter(isCommon));
  const differing = [...new Set(labels.flatMap((set) => Object.keys(set)))].filter((name) => !(name in common));
  const [by] = differing;
  if (rest.length > 0 && differing.length === 1)
    return { common, differing, by, names: labels.map((set) => set[by] || `no ${by}`) };
  const own = (set: Labels) => Object.fromEntries(Object.entries(set).filter(([name]) => !(name in common)));
  return { common, differing, by: null, names: labels.map((set) => printLabels(own(set))) };
}

/** As PromQL writes it: `metric{label="value"}`; `{}` for no labels. */
export function printLabels({ __name__: metric = '', ...labels }: Labels): string {
  const pairs = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return pairs.length > 0 || metric === '' ? `${metric}{${pairs.join(', ')}}` : metric;
}
