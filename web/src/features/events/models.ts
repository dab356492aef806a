import type { Paths } from '../../lib/api/schema';
import type { HealthState } from '../../lib/ui/health';

type ListAnswer = Paths['/api/v1/models']['get']['answer'];
type OneAnswer = Paths['/api/v1/models/{model}']['get']['answer'];

/** One version of a model with what is known of it in the range; what cannot be is NaN. */
export interface ModelRow {
  model: string;
  version: string;
  predictions: number;
  judged: number;
  /** Predictions whose outcome is not known yet. */
  awaited: number;
  accuracy: number;
  precision: number;
  recall: number;
  /** Mean absolute error, of models that say numbers. */
  error: number;
  psi: number;
  /** Seconds that a prediction takes, on the average. */
  latency: number;
  lastMs: number;
}

export type ModelVersion = OneAnswer['versions'][number];
export type Drift = NonNullable<ModelVersion['drift']>;

/** The rows of the table, and which columns have anything to say. */
export function modelRows({ models }: ListAnswer): ModelRow[] {
  return models.flatMap(({ model, versions }) =>
    versions.map((one) => ({
      model,
      version: one.version,
      predictions: one.predictions,
      judged: one.judged,
      awaited: awaitedOf(one),
      accuracy: one.accuracy ?? NaN,
      precision: one.precision ?? NaN,
      recall: one.recall ?? NaN,
      error: one.mean_absolute_error ?? NaN,
      psi: one.psi ?? NaN,
      latency: one.mean_duration_seconds ?? NaN,
      lastMs: one.last_seen === null ? NaN : Date.parse(one.last_seen),
    })),
  );
}

/** Predictions without an outcome. A prediction that was told twice is still one, so there are never less than none. */
export function awaitedOf({ predictions, judged }: { predictions: number; judged: number }): number {
  return Math.max(0, predictions - judged);
}

/** The model that an address asks for, or the first that can be right or wrong, or the first. */
export function chooseModel(rows: readonly ModelRow[], asked: string | null): string | null {
  return asked ?? (rows.find((row) => !Number.isNaN(row.accuracy)) ?? rows[0])?.model ?? null;
}

/** By their last prediction. */
export function newestFirst(versions: readonly ModelVersion[]): ModelVersion[] {
  return [...versions].sort((a, b) => (b.last_seen ?? '').localeCompare(a.last_seen ?? ''));
}

/** The version that an address asks for, or the newest that has been judged: of a new one there is nothing to see yet. */
export function chooseVersion(versions: readonly ModelVersion[], asked: string | null): ModelVersion | null {
  const newest = newestFirst(versions);
  return versions.find((one) => one.version === asked) ?? newest.find((one) => one.judged > 0) ?? newest[0] ?? null;
}

/** A confusion matrix in the order of how frequent classes are. */
export interface Matrix {
  classes: string[];
  /** Counts by what it was (row), then by what was said (column). */
  cells: number[][];
  /** How many of each row there are: what was so, whatever was said. */
  actual: number[];
  predicted: number[];
  total: number;
  /** Classes that were put together in the last one. */
  folded: number;
}

export const restName = 'all others';

/** @param most of so many classes each has its row; the rarest are put together. */
export function matrixOf({ classes, confusion }: Pick<ModelVersion, 'classes' | 'confusion'>, most = 12): Matrix {
  const ordered = [...classes]
    .sort((a, b) => b.actual - a.actual || b.predicted - a.predicted || a.class.localeCompare(b.class))
    .map((one) => one.class);
  const folds = ordered.length > most;
  const names = folds ? [...ordered.slice(0, most - 1), restName] : ordered;
  const places = new Map(ordered.map((name, i) => [name, Math.min(i, names.length - 1)]));
  const cells = names.map(() => names.map(() => 0));
  for (const { predicted, actual, count } of confusion)
    cells[places.get(actual) ?? 0][places.get(predicted) ?? 0] += count;
  return {
    classes: names,
    cells,
    actual: cells.map(sum),
    predicted: names.map((_, column) => sum(cells.map((row) => row[column]))),
    total: sum(cells.map(sum)),
    folded: folds ? ordered.length - most + 1 : 0,
  };
}

/** What a population stability index means, by the usual bounds. */
export function driftState(psi: number): { state: HealthState; word: string } {
  if (Number.isNaN(psi)) return { state: 'none', word: 'not known' };
  if (psi >= driftBounds.critical) return { state: 'critical', word: 'changed' };
  return psi >= driftBounds.warning ? { state: 'warning', word: 'moving' } : { state: 'ok', word: 'stable' };
}

export const driftBounds = { warning: 0.1, critical: 0.25 };

/** One bar of a distribution: its share now, and before. */
export interface Share {
  name: string;
  now: number;
  before?: number;
}

/** Where scores are binned, they are so in steps of 0.05. */
const scoreBins = Array.from({ length: 20 }, (_, i) => String(Math.round((i + 1) * 5) / 100));

/** Drift as shares of each bin. Bins of scores are named by where they go from and to, and none is left out. */
export function driftShares({ bins }: Drift): Share[] {
  const isScore = bins.every(({ bin }) => scoreBins.includes(bin)) && bins.some(({ bin }) => bin.includes('.'));
  const known = new Map(bins.map((one) => [one.bin, one]));
  const all = isScore ? scoreBins : bins.map(({ bin }) => bin);
  const now = sum(bins.map(({ current }) => current)) || 1;
  const before = sum(bins.map(({ reference }) => reference)) || 1;
  return all.map((bin) => ({
    name: isScore ? `${Math.round(Number(bin) * 100 - 5) / 100} to ${bin}` : bin,
    now: (known.get(bin)?.current ?? 0) / now,
    before: (known.get(bin)?.reference ?? 0) / before,
  }));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
