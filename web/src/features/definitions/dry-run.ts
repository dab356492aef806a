import type { DryRun } from '../../lib/api/schema';
import { Columns } from '../../lib/live/columns';

/** What a dry run says at each of its times: whole steps, and now. */
export function dryRunColumns({ series, step_seconds }: Pick<DryRun, 'series' | 'step_seconds'>): Columns {
  const points = series.map(({ samples }) => new Map(samples.map(([time, value]) => [Date.parse(time), value])));
  const times = [...new Set(points.flatMap((one) => [...one.keys()]))].sort((a, b) => a - b);
  const stepMs = step_seconds * 1000;
  const spanMs = times.length === 0 ? 0 : times[times.length - 1] - times[0];
  const columns = new Columns(stepMs, Math.floor(spanMs / stepMs) + 2);
  columns.setSeries(series.map(({ labels }) => labels));
  for (const time of times)
    columns.append(
      time,
      Float64Array.from(points, (one) => one.get(time) ?? NaN),
    );
  return columns;
}
