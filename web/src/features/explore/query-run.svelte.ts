import { untrack } from 'svelte';
import { get, type ApiFailure } from '../../lib/api/api';
import type { InstantData, MatrixData, QueryStatistics } from '../../lib/api/schema';
import { Columns, identityOf, type Labels } from '../../lib/live/columns';
import { live } from '../../lib/live/connection';
import { LiveQuery, liveState } from '../../lib/live/live.svelte';
import { isFixed, type TimeRange } from '../../lib/time/range';
import { numberOf, told, type Told } from './answers';
import { gridOf, timeParams } from './step';

export interface RunRequest {
  expr: string;
  range: TimeRange;
  stepMs: number;
  /** So many series are drawn at most. */
  limit: number;
}

/** What the API said to a request. */
export interface Outcome {
  request: RunRequest;
  startMs: number;
  endMs: number;
  /** The values at the end of the range. */
  instant: Told<InstantData>;
  /** How many series there are at the end, also when fewer were sent. */
  total: number;
  /** Null when there is nothing to draw over time: a string, or a range of samples. */
  range: Told<{ stats?: QueryStatistics }> | null;
  columns: Columns | null;
  /** The chart has only the first `limit` series. */
  truncated: boolean;
  /** Series whose samples are native histograms: no line can be drawn of them. */
  histograms: number;
  /** The chart's own failure, where the values at the end could be had. */
  rangeError: ApiFailure | null;
}

export const rowsAtMost = 1000;
const truncation = 'results truncated due to limit';
const tableEveryMs = 5_000;
const chartEveryMs = 15_000;

/**
 * One query of the page: asked over HTTP, which brings statistics, warnings and errors with their place; then, while the
 * range is live and all series are shown, streamed.
 */
export class QueryRun {
  outcome = $state.raw<Outcome | null>(null);
  error = $state.raw<ApiFailure | null>(null);
  loading = $state(false);
  #attempt = $state(0);
  readonly #stream: LiveQuery;

  /** @param watched whether the values at the end are on screen: they are asked for again as time goes on. */
  constructor(request: () => RunRequest | null, watched: () => boolean) {
    const key = $derived(this.#keyOf(request()));
    $effect(() => {
      void key;
      return untrack(() => this.#start(request()));
    });
    this.#stream = new LiveQuery(() => this.#streamed(request()));
    const interval = $derived(this.#refreshMs(watched()));
    $effect(() => {
      if (interval === 0) return;
      const timer = setInterval(() => void this.#refresh(), interval);
      return () => clearInterval(timer);
    });
  }

  /** The stream's columns as soon as it has answered this very request, else those of the API. */
  get columns(): Columns | null {
    return this.streaming ? this.#stream.columns : (this.outcome?.columns ?? null);
  }

  get revision(): number {
    return this.#stream.revision;
  }

  get streaming(): boolean {
    const shown = this.#stream.shown;
    const request = this.outcome?.request;
    return shown !== null && request !== undefined && this.#streamed(request) !== null && matches(shown, request);
  }

  retry(): void {
    this.#attempt++;
  }

  /** Not in the constructor: there, Svelte reads private state without following it. */
  #keyOf(request: RunRequest | null): string {
    return JSON.stringify([request, this.#attempt]);
  }

  #start(request: RunRequest | null): (() => void) | undefined {
    if (!request) {
      this.outcome = this.error = null;
      this.loading = false;
      return undefined;
    }
    const abort = new AbortController();
    this.loading = true;
    run(request, abort.signal).then(
      (outcome) => {
        if (abort.signal.aborted) return;
        this.outcome = outcome;
        this.error = null;
        this.loading = false;
      },
      (failure) => {
        if (abort.signal.aborted) return;
        this.error = failure;
        this.loading = false;
      },
    );
    return () => abort.abort();
  }

  #streamed(request: RunRequest | null) {
    const { outcome } = this;
    if (!request || !outcome?.columns || outcome.request.expr !== request.expr || this.error) return null;
    if (isFixed(request.range) || outcome.truncated || outcome.histograms > 0) return null;
    return { expr: request.expr, stepMs: request.stepMs, rangeMs: request.range.rangeMs };
  }

  /** How often to ask again: for the table, and for a chart that is not streamed; 0 for never. */
  #refreshMs(watched: boolean): number {
    const { outcome } = this;
    if (!outcome || isFixed(outcome.request.range) || liveState.kind !== 'live' || this.error) return 0;
    if (this.#streamed(outcome.request) === null) return Math.max(chartEveryMs, outcome.request.stepMs);
    return watched ? Math.max(tableEveryMs, outcome.request.stepMs) : 0;
  }

  /** What is on screen stays when this fails: the connection's state is told by the page. */
  async #refresh(): Promise<void> {
    const before = this.outcome;
    if (!before || document.hidden || this.loading) return;
    const next = await run(before.request, undefined, this.streaming ? before : undefined).catch(() => null);
    if (next && this.outcome === before && !this.loading) this.outcome = next;
  }
}

function matches(shown: object, request: RunRequest): boolean {
  const { expr, stepMs, rangeMs } = shown as { expr: string; stepMs: number; rangeMs?: number };
  return (
    expr === request.expr && stepMs === request.stepMs && !isFixed(request.range) && rangeMs === request.range.rangeMs
  );
}

/** @param charted an outcome whose chart goes on by itself: only the values at the end are asked for. */
async function run(request: RunRequest, signal?: AbortSignal, charted?: Outcome): Promise<Outcome> {
  const { expr, range, stepMs, limit } = request;
  const nowMs = live.serverNowMs || Date.now();
  const [fromMs, toMs] = isFixed(range) ? [range.fromMs, range.toMs] : [nowMs - range.rangeMs, nowMs];
  const { startMs, endMs } = gridOf(fromMs, toMs, stepMs);
  const asked = { query: expr, stats: 'all' };
  const atMs = Math.floor(Math.min(toMs, nowMs) / 1000) * 1000; // the end is no whole step: what is there now
  const at = { ...asked, time: String(atMs / 1000), limit: rowsAtMost };
  const over = { ...asked, ...timeParams(startMs, endMs, stepMs), limit };
  const [instant, series] = await Promise.allSettled([
    told(get('/api/v1/query', { query: at, signal })),
    charted ? null : told(get('/api/v1/query_range', { query: over, signal })),
  ]);
  if (instant.status === 'rejected') throw instant.reason;
  const { data } = instant.value;
  const total = data.resultType === 'vector' ? (data.stats?.samples.returnedSamples ?? data.result.length) : 1;
  const parts = { request, startMs, endMs: Math.max(endMs, atMs), instant: withoutTruncation(instant.value), total };
  if (charted) return { ...charted, ...parts };

  const nothing = { range: null, columns: null, truncated: false, histograms: 0, rangeError: null };
  if (data.resultType === 'matrix' || data.resultType === 'string') return { ...parts, ...nothing };
  if (series.status === 'rejected') {
    signal?.throwIfAborted();
    return { ...parts, ...nothing, rangeError: series.reason };
  }
  const answer = series.value!;
  const { result, stats } = answer.data;
  return {
    ...parts,
    range: { ...withoutTruncation(answer), data: { stats } },
    columns: columnsOf(answer.data, startMs, endMs, stepMs, atMs > endMs ? { atMs, data } : null),
    truncated: answer.warnings.includes(truncation),
    histograms: result.filter((one) => !one.values).length,
    rangeError: null,
  };
}

/** That is said in other words, with the number of series. */
function withoutTruncation<T>(answer: Told<T>): Told<T> {
  return { ...answer, warnings: answer.warnings.filter((warning) => warning !== truncation) };
}

/**
 * The points of an answer on the grid of its request; holes are NaN.
 * @param unfinished the values of the step that is not over.
 */
export function columnsOf(
  { result }: MatrixData,
  startMs: number,
  endMs: number,
  stepMs: number,
  unfinished: { atMs: number; data: InstantData } | null = null,
): Columns {
  const points = Math.round((endMs - startMs) / stepMs) + 1;
  const columns = new Columns(stepMs, points);
  const drawn = result.filter((one) => one.values);
  const newest = new Map(unfinished ? numbersOf(unfinished.data) : []);
  // Where everything is younger than a step, the range has no series.
  const labels = drawn.length > 0 ? drawn.map((one) => one.metric) : [...newest.values()].map((one) => one.labels);
  columns.setSeries(labels);
  const values = new Float64Array(points * columns.seriesCount).fill(NaN);
  drawn.forEach((one, i) => {
    for (const [seconds, text] of one.values!)
      values[i * points + Math.round((seconds * 1000 - startMs) / stepMs)] = numberOf(text);
  });
  columns.mergeHistory(startMs, points, values);
  if (unfinished && newest.size > 0)
    columns.append(
      unfinished.atMs,
      Float64Array.from(columns.labels, (labels) => newest.get(identityOf(labels))?.value ?? NaN),
    );
  return columns;
}

/** The numbers of an instant answer by their series. */
function numbersOf(data: InstantData): [identity: string, { labels: Labels; value: number }][] {
  if (data.resultType === 'scalar') return [[identityOf({}), { labels: {}, value: numberOf(data.result[1]) }]];
  if (data.resultType !== 'vector') return [];
  return data.result.flatMap(({ metric, value }) =>
    value ? [[identityOf(metric), { labels: metric, value: numberOf(value[1]) }] as const] : [],
  ) as [string, { labels: Labels; value: number }][];
}
