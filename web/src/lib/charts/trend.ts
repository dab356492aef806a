import { printChange, type Unit } from '../format/units';
import type { Columns } from '../live/columns';

/** How a value of this window compares with the same window before. */
export interface Trend {
  direction: 'rising' | 'falling' | 'steady';
  change: string;
}

/** A window of which less is there says nothing of the whole. */
const filledAtLeast = 0.9;

/** The mean of a stretch of so many values; NaN when less than nine tenths of them are there. */
export function meanOf(values: Float64Array, length = values.length): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return count < filledAtLeast * length || count === 0 ? NaN : sum / count;
}

/** Compares this window's mean with the former's; null when the former is not known. */
export function trendOf(before: number, now: number, unit: Unit): Trend | null {
  const change = printChange(now, before, unit);
  if (change === null) return null;
  const difference = now - before;
  const small = unit === 'ratio' ? 0.01 : Math.abs(before) * 0.03;
  if (Math.abs(difference) < small || difference === 0) return { direction: 'steady', change };
  return { direction: difference > 0 ? 'rising' : 'falling', change };
}

/** The series whose newest value is the highest; −1 when there is none. */
export function highestSeries(columns: Columns): number {
  let highest = -1;
  for (let i = 0; i < columns.seriesCount; i++) {
    const value = columns.last(i);
    if (!Number.isNaN(value) && (highest < 0 || value > columns.last(highest))) highest = i;
  }
  return highest;
}
