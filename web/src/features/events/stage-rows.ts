import type { Pipeline } from '../../lib/api/schema';
import type { Value } from '../../lib/api/values';
import type { HealthState } from '../../lib/ui/health';

/** What the server calls a pipeline's runs as a whole, beside its stages. */
export const wholeRun = 'all';

/** So many times the usual distance of successes without one, and a stage is late. */
export const lateAfter = 3;

/** Shorter than this, nobody is late: reports wait some seconds on their way. */
const patienceMs = 60_000;

/** A stage of a pipeline as the table shows it; NaN for what was not told. */
export interface StageRow {
  key: string;
  pipeline: string;
  stage: string;
  state: 'ok' | 'running' | 'late' | 'failing';
  /** Of the state, to sort by: the worst is the highest. */
  severity: number;
  recordsIn: number;
  recordsOut: number;
  /** Seconds. */
  lag: number;
  backlog: number;
  lastSuccessMs: number;
  lastReportMs: number;
  error: string;
}

/** What is asked of the series beside the reports, each by pipeline and stage. */
export interface StageValues {
  recordsIn: readonly Value[];
  recordsOut: readonly Value[];
  /** The usual time between two successes, in seconds. */
  interval: readonly Value[];
}

export const stageStates: Record<StageRow['state'], HealthState> = {
  ok: 'ok',
  running: 'ok',
  late: 'warning',
  failing: 'critical',
};

/** One row for each stage of each pipeline. */
export function stageRows(pipelines: readonly Pipeline[], values: StageValues, nowMs: number): StageRow[] {
  const [recordsIn, recordsOut, interval] = [values.recordsIn, values.recordsOut, values.interval].map(byStage);
  return pipelines.flatMap(({ pipeline, stages }) =>
    stages.map((stage) => {
      const key = keyOf(pipeline, stage.stage);
      const lastSuccessMs = Date.parse(stage.last_success ?? '');
      const usualMs = (interval.get(key) ?? NaN) * 1000;
      // Without a usual distance there is nothing to be late by: comparing with NaN says no.
      const late = nowMs - lastSuccessMs > Math.max(lateAfter * usualMs, patienceMs);
      const state = stage.status === 'failing' ? 'failing' : late ? 'late' : stage.status;
      return {
        key,
        pipeline,
        stage: stage.stage,
        state,
        severity: { running: 0, ok: 0, late: 1, failing: 2 }[state],
        recordsIn: recordsIn.get(key) ?? NaN,
        recordsOut: recordsOut.get(key) ?? NaN,
        lag: stage.lag_seconds ?? NaN,
        backlog: stage.backlog ?? NaN,
        lastSuccessMs,
        lastReportMs: Date.parse(stage.last_report),
        error: stage.error ?? '',
      };
    }),
  );
}

function byStage(values: readonly Value[]): Map<string, number> {
  return new Map(values.map(({ labels, value }) => [keyOf(labels.pipeline, labels.stage), value]));
}

function keyOf(pipeline: string, stage: string): string {
  return JSON.stringify([pipeline, stage]);
}
