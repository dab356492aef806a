import { untrack } from 'svelte';
import { pageHost } from '../host/page-host.svelte';
import type { Columns } from '../live/columns';
import { LiveQuery, liveState } from '../live/live.svelte';
import { delayFor, lookbackFor, samplingFor } from '../live/sampling';
import { pageRange } from '../time/page-range.svelte';
import { describeRange, isFixed } from '../time/range';
import type { PanelDefinition } from './panel';
import type { PlotWindow } from './plot';
import { chartSeries, type ChartSeries } from './series';
import { summarise } from './summary';

/** The set of series is looked at when it changes, and each so many ticks, for one may have left the window since. */
const looksEvery = 5;
const summaryEveryMs = 30_000;

/** What a panel shows: its query over the page's range, the series in it, their values, and all of it in words. */
export class PanelData {
  readonly query: LiveQuery;
  readonly expr: string | null;
  readonly series: ChartSeries[];
  readonly empty: boolean;
  /** One value per series: at the crosshair, else the newest. */
  readonly values: number[];
  hidden = $state.raw<ReadonlySet<string>>(new Set());
  /** The point under the crosshair. */
  pointed = $state<number | null>(null);
  summary = $state('');
  #summarisedMs = -Infinity;
  #before: ChartSeries[] = [];
  readonly #colours = new Map<string, number>();

  /** @param active whether the panel is on screen; what is not, asks for nothing. */
  constructor(
    private readonly definition: PanelDefinition,
    active: () => boolean,
  ) {
    this.expr = $derived(
      liveState.hello && definition.expr(samplingFor(pageRange.stepMs, this.#samples, this.#delayMs)),
    );
    this.query = new LiveQuery(() => (active() ? this.#request() : null));
    const look = $derived(
      this.columns ? this.columns.seriesRevision + Math.floor(this.query.revision / looksEvery) / 1e6 : 0,
    );
    this.series = $derived.by(() => {
      void look;
      const { columns } = this;
      return untrack(() => this.#look(columns));
    });
    this.empty = $derived(this.query.answered && this.series.length === 0);
    this.values = $derived.by(() => {
      void this.query.revision;
      const { columns, pointed } = this;
      if (!columns) return [];
      const newest = pointed === null || pointed >= columns.length;
      return this.series.map((one) => (newest ? columns.last(one.column) : columns.values(one.column)[pointed]));
    });
    $effect(() => {
      void this.query.revision;
      this.#summarise();
    });
  }

  get columns(): Columns | null {
    return this.query.columns;
  }

  /** From when to when the chart goes: a live one ends with its newest point. */
  window(): PlotWindow {
    const shown = this.query.shown!;
    if (!('rangeMs' in shown)) return { fromMs: shown.startMs, toMs: shown.endMs, live: false };
    const toMs = this.columns!.lastMs;
    return { fromMs: toMs - shown.rangeMs, toMs, live: liveState.kind === 'live' };
  }

  toggle(one: ChartSeries): void {
    const next = new Set(this.hidden);
    if (!next.delete(one.identity)) next.add(one.identity);
    this.hidden = next;
  }

  /** Shows one series alone; done again, shows all. */
  isolate(one: ChartSeries): void {
    const others = this.series.filter((other) => other !== one).map((other) => other.identity);
    const alone = others.every((identity) => this.hidden.has(identity)) && !this.hidden.has(one.identity);
    this.hidden = new Set(alone ? [] : others);
  }

  get #samples() {
    const { ofHost, everyMs } = this.definition;
    return ofHost ? pageHost.sampling : { collectMs: everyMs ?? liveState.hello!.collectMs };
  }

  /** Of a window in the past, all samples have come. */
  get #delayMs() {
    return pageRange.fixed ? 0 : delayFor(pageRange.stepMs, this.#samples);
  }

  #request() {
    const { expr } = this;
    if (expr === null) return null;
    const range = pageRange.current;
    const delayMs = this.#delayMs;
    const points = { expr, stepMs: pageRange.stepMs, lookbackMs: lookbackFor(this.#samples, delayMs) };
    return isFixed(range)
      ? { ...points, startMs: range.fromMs, endMs: range.toMs }
      : { ...points, rangeMs: range.rangeMs, delayMs };
  }

  #look(columns: Columns | null): ChartSeries[] {
    const shown = this.definition.nonZero ? isUsed : hasSamples;
    const next = columns ? chartSeries(columns.labels, this.definition, meanIn(columns), shown, this.#colours) : [];
    // The same array for the same series: another one would be another chart.
    if (JSON.stringify(next) !== JSON.stringify(this.#before)) this.#before = next;
    return this.#before;

    function hasSamples(column: number): boolean {
      return columns!.hasSamples(column);
    }
    function isUsed(column: number): boolean {
      return columns!.values(column).some((value) => value > 0);
    }
  }

  #summarise(): void {
    const { columns, series } = this;
    const now = performance.now();
    const fresh = now - this.#summarisedMs < summaryEveryMs && untrack(() => this.summary) !== '';
    if (!columns || series.length === 0 || fresh) return;
    this.#summarisedMs = now;
    this.summary = summarise(this.definition, describeRange(pageRange.current), columns, series);
  }
}

/** How much a column matters: its mean. */
export function meanIn(columns: Columns): (column: number) => number {
  return (column) => {
    let sum = 0;
    let count = 0;
    for (const value of columns.values(column)) {
      if (Number.isNaN(value)) continue;
      sum += value;
      count++;
    }
    return count === 0 ? -Infinity : sum / count;
  };
}
