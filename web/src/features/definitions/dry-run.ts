import type { DryRun } from '../../lib/api/schema';
import { Columns } from '../../lib/live/columns';
import { stepFor } from '../../lib/time/steps';
import type { Aggregation } from './draft';

/** Points of the chart at most. */
const points = 60;
const mostSamples = 1000;

/** Whether samples of one stretch of time are added up, or the lowest or highest of them is taken. */
function joinOf(aggregation: Aggregation): (a: number, b: number) => number {
  if (aggregation === 'min') return Math.min;
  return aggregation === 'max' ? Math.max : (a, b) => a + b;
}

/** What the samples of a dry run are, per stretch of time: of a share or a mean they are its upper part. */
export function sampleText(aggregation: Aggregation): string {
  const texts: Partial<Record<Aggregation, string>> = {
    count: 'events',
    avg: 'sum of the field',
    min: 'lowest value',
    max: 'highest value',
    percentile: 'events with a value',
    ratio: 'numerator',
  };
  return texts[aggregation] ?? 'sum';
}

/** The samples of a dry run on a regular grid that ends now. */
export function dryRunColumns(
  series: DryRun['series'],
  aggregation: Aggregation,
  minutes: number,
  nowMs: number,
): Columns {
  const stepMs = stepFor(minutes * 60_000, points);
  const count = Math.ceil((minutes * 60_000) / stepMs);
  const endMs = Math.ceil(nowMs / 1000) * 1000; // not a multiple of the step: the last stretch would not be a whole one
  const join = joinOf(aggregation);
  const nothing = aggregation === 'min' || aggregation === 'max' ? NaN : 0;
  const grids = series.map(({ samples }) => {
    const grid = new Float64Array(count).fill(nothing);
    // The server sends the newest of many: before them nothing is known, which is not zero.
    if (samples.length === mostSamples) {
      const known = Math.max(0, placeOf(Date.parse(samples[0][0])));
      grid.fill(NaN, 0, Math.min(known, count));
    }
    for (const [time, value] of samples) {
      const place = placeOf(Date.parse(time));
      if (place < 0 || place >= count) continue;
      grid[place] = Number.isNaN(grid[place]) ? value : join(grid[place], value);
    }
    return grid;
  });
  const columns = new Columns(stepMs, count);
  columns.setSeries(series.map(({ labels }) => labels));
  for (let k = 0; k < count; k++)
    columns.append(
      endMs - (count - 1 - k) * stepMs,
      Float64Array.from(grids, (grid) => grid[k]),
    );
  return columns;

  /** The point whose stretch of time, up to it, a sample lies in. */
  function placeOf(timeMs: number): number {
    return count - 1 - Math.floor((endMs - timeMs) / stepMs);
  }
}
