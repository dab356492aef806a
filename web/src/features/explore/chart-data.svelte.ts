import { untrack } from 'svelte';
import { meanIn } from '../../lib/charts/panel-data.svelte';
import type { PlotWindow } from '../../lib/charts/plot';
import type { PanelDefinition } from '../../lib/charts/panel';
import { chartSeries, type ChartSeries } from '../../lib/charts/series';
import { summarise } from '../../lib/charts/summary';
import type { Columns, Labels } from '../../lib/live/columns';
import { liveState } from '../../lib/live/live.svelte';
import { pageRange } from '../../lib/time/page-range.svelte';
import { describeRange, isFixed } from '../../lib/time/range';
import { legendRows, matches, nameSeries, readSort, sortRows, type LegendRow } from './legend-stats';
import type { QueryRun } from './query-run.svelte';

const summaryEveryMs = 30_000;

/** What a query's chart and legend show. */
export class ChartData {
  readonly columns: Columns | null;
  readonly common: Labels;
  /** The only label that differs: the head of the legend's names. */
  readonly by: string | null;
  readonly series: readonly ChartSeries[];
  /** In the order of the sort, without those that the filter leaves out. */
  readonly rows: readonly LegendRow[];
  readonly summary: string;
  hidden = $state.raw<ReadonlySet<string>>(new Set());
  pointed = $state<number | null>(null);
  #before: { common: Labels; by: string | null; series: ChartSeries[] } = { common: {}, by: null, series: [] };
  readonly #colours = new Map<string, number>();
  #coloursOf = '';
  #order: { key: string; rank: Map<string, number> } = { key: '', rank: new Map() };
  #told = { atMs: -Infinity, series: [] as readonly ChartSeries[], text: '' };

  constructor(
    private readonly run: QueryRun,
    definition: () => PanelDefinition,
    legend: () => { sort: string; find: string },
  ) {
    this.columns = $derived(run.columns);
    const looked = $derived.by(() => {
      void [run.revision, this.columns?.seriesRevision];
      return untrack(() => this.#look(this.columns, definition().title));
    });
    this.common = $derived(looked.common);
    this.by = $derived(looked.by);
    this.series = $derived(looked.series);
    this.rows = $derived.by(() => {
      void run.revision;
      return this.columns ? this.#arrange(legendRows(this.columns, this.series), legend()) : [];
    });
    this.summary = $derived.by(() => {
      void run.revision;
      return this.columns ? this.#summarise(definition(), this.columns) : '';
    });
  }

  /** From when to when the chart goes: a streamed one ends with its newest point. */
  window(): PlotWindow {
    const { request, startMs, endMs } = this.run.outcome!;
    if (isFixed(request.range)) return { ...request.range, live: false };
    if (!this.run.streaming) return { fromMs: startMs, toMs: endMs, live: false };
    const toMs = this.columns!.lastMs;
    return { fromMs: toMs - request.range.rangeMs, toMs, live: liveState.kind === 'live' };
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

  /** Draws only what the filter of the legend has found. */
  showFound(): void {
    const found = new Set(this.rows.map((row) => row.series.identity));
    this.hidden = new Set(this.series.map((one) => one.identity).filter((identity) => !found.has(identity)));
  }

  showAll(): void {
    this.hidden = new Set();
  }

  #look(columns: Columns | null, title: string) {
    if (!columns) return { common: {}, by: null, series: [] };
    const { common, differing, by, names } = nameSeries(columns.labels);
    if (this.#coloursOf !== title) this.#colours.clear();
    this.#coloursOf = title;
    const shown = (column: number) => columns.hasSamples(column);
    const all = chartSeries(columns.labels, { title, by: differing }, meanIn(columns), shown, this.#colours);
    const series = all.map((one) => ({ ...one, name: names[one.column] }));
    // The same array for the same series: another one would be another chart.
    if (JSON.stringify(series) !== JSON.stringify(this.#before.series)) this.#before = { common, by, series };
    return this.#before;
  }

  #arrange(rows: LegendRow[], { sort, find }: { sort: string; find: string }): LegendRow[] {
    // Rows that move while one reads them cannot be read: the order is made anew when it is asked for, or the series are others.
    const key = JSON.stringify([sort, this.run.outcome?.request, rows.map((row) => row.series.identity)]);
    if (this.#order.key !== key)
      this.#order = { key, rank: new Map(sortRows(rows, sort).map((row, i) => [row.series.identity, i])) };
    const { rank } = this.#order;
    const sorted = readSort(sort).column === 'name' ? sortRows(rows, sort) : [...rows];
    if (readSort(sort).column !== 'name')
      sorted.sort((a, b) => (rank.get(a.series.identity) ?? Infinity) - (rank.get(b.series.identity) ?? Infinity));
    return find.trim() === '' ? sorted : sorted.filter((row) => matches(row.name, find));
  }

  #summarise(definition: PanelDefinition, columns: Columns): string {
    const now = performance.now();
    if (this.#told.series !== this.series || now - this.#told.atMs > summaryEveryMs) {
      const text = summarise(definition, describeRange(pageRange.current), columns, this.series);
      this.#told = { atMs: now, series: this.series, text };
    }
    return this.#told.text;
  }
}
