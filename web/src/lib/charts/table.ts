import type { Columns } from '../live/columns';
import type { ChartSeries } from './series';

export interface TableRow {
  timeMs: number;
  values: number[];
}

/** Of so many points one row is shown, that there are at most `maxRows`. */
export function strideOf({ length }: Pick<Columns, 'length'>, maxRows: number): number {
  return Math.max(1, Math.ceil(length / maxRows));
}

/** The newest points first; evenly thinned out when there are more than can be read. */
export function tableRows(columns: Columns, series: readonly ChartSeries[], maxRows: number): TableRow[] {
  const { times, length } = columns;
  const stride = strideOf(columns, maxRows);
  const shown = series.map((one) => columns.values(one.column));
  const rows: TableRow[] = [];
  for (let k = length - 1; k >= 0; k -= stride)
    rows.push({ timeMs: times[k], values: shown.map((values) => values[k]) });
  return rows;
}

/** All points as CSV (RFC 4180): a time column, then one column per series; a missing sample is an empty field. */
export function toCsv(columns: Columns, series: readonly ChartSeries[]): string {
  const rows = tableRows(columns, series, Infinity).reverse();
  const lines = rows.map(({ timeMs, values }) =>
    [new Date(timeMs).toISOString(), ...values.map((value) => (Number.isNaN(value) ? '' : String(value)))].join(','),
  );
  return [['time', ...series.map((one) => csvField(one.name))].join(','), ...lines, ''].join('\r\n');
}

function csvField(text: string): string {
  // A cell that begins like a formula is one to a spreadsheet, and names come from outside.
  const safe = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
