import { figures, figureOf, valuesAt, type Value } from '../../lib/api/values';
import { printDuration } from '../../lib/time/duration';
import { isFixed, spanOf, type TimeRange } from '../../lib/time/range';

/** What the tasks of a stretch of time come to. */
export interface TaskFigures {
  finished: number;
  /** Share of those that succeeded. */
  success: number;
  /** Seconds. */
  p95: number;
}

export interface ReasonCount {
  reason: string;
  count: number;
}

export interface ComponentRow {
  component: string;
  finished: number;
  failed: number;
  errorRate: number;
  /** Seconds. */
  p95: number;
}

export interface TaskSummary {
  now: TaskFigures;
  before: TaskFigures;
  /** As it is now, whatever the range. */
  waiting: number;
  working: number;
  /** Most first. */
  reasons: ReasonCount[];
  components: ComponentRow[];
}

/** Asks for the figures of a range and of the time before it, as long. */
export async function askTaskSummary(range: TimeRange, signal: AbortSignal): Promise<TaskSummary> {
  const span = spanOf(range);
  const window = printDuration(span);
  const endMs = isFixed(range) ? range.toMs : null;
  const beforeMs = (endMs ?? Date.now()) - span;
  const total = (selector: string) => `sum_over_time(${selector}[${window}])`;
  const p95 = (by: string) => `histogram_quantile(0.95, sum by (${by}) (${total('task_duration_seconds_bucket')}))`;
  const rangeFigures = figures({
    finished: `sum(${total('task_finished')})`,
    success: `sum(${total('task_finished{status="succeeded"}')}) / sum(${total('task_finished')})`,
    p95: p95('le'),
  });
  const nowFigures = figures({ waiting: 'sum(task_queue_depth)', working: 'sum(task_workers_active)' });
  const [now, before, state, reasons, finished, durations] = await Promise.all([
    valuesAt(rangeFigures, endMs, signal),
    valuesAt(rangeFigures, beforeMs, signal),
    valuesAt(nowFigures, endMs, signal),
    valuesAt(`sum by (reason) (${total('task_failures')})`, endMs, signal),
    valuesAt(`sum by (component, status) (${total('task_finished')})`, endMs, signal),
    valuesAt(p95('component, le'), endMs, signal),
  ]);
  return {
    now: taskFigures(now),
    before: taskFigures(before),
    waiting: figureOf(state, 'waiting'),
    working: figureOf(state, 'working'),
    reasons: reasonsOf(reasons),
    components: componentsOf(finished, durations),
  };
}

function taskFigures(values: readonly Value[]): TaskFigures {
  // No task at all is none, and not an unknown number.
  const finished = figureOf(values, 'finished');
  return {
    finished: Number.isNaN(finished) ? 0 : finished,
    success: figureOf(values, 'success'),
    p95: figureOf(values, 'p95'),
  };
}

/** The reasons of failures, most first. */
export function reasonsOf(values: readonly Value[]): ReasonCount[] {
  return values
    .filter(({ value }) => value > 0)
    .map(({ labels, value }) => ({ reason: labels.reason ?? '', count: value }))
    .sort((a, b) => b.count - a.count || a.reason.localeCompare(b.reason));
}

/** One row for each component: how many tasks it finished, and how many of them did not succeed. */
export function componentsOf(finished: readonly Value[], durations: readonly Value[]): ComponentRow[] {
  const rows = new Map<string, ComponentRow>();
  for (const { labels, value } of finished) {
    const component = labels.component ?? '';
    const row = rows.get(component) ?? { component, finished: 0, failed: 0, errorRate: NaN, p95: NaN };
    rows.set(component, row);
    row.finished += value;
    if (labels.status !== 'succeeded') row.failed += value;
    row.errorRate = row.finished > 0 ? row.failed / row.finished : NaN;
  }
  for (const { labels, value } of durations) {
    const row = rows.get(labels.component ?? '');
    if (row) row.p95 = value;
  }
  return [...rows.values()];
}
