import { get } from '../../lib/api/api';
import type { MetricMetadata } from '../../lib/api/schema';
import type { Labels } from '../../lib/live/columns';
import type { Catalogue, MetricHelp } from '../../lib/promql/complete';
import { browsedMetrics, type BrowsedMetric } from './builder';

type Metadata = Record<string, MetricMetadata[]>;

const freshMs = 60_000;
const valuesAtMost = 1000;
const seriesAtMost = 2000;
const metricsAtMost = 100_000;

/**
 * What there is to write about: metrics, labels, values. Answers are kept for a minute. A list that cannot be had is
 * empty for the completion; the metric browser says why.
 */
export class ServerCatalogue implements Catalogue {
  readonly #kept = new Map<string, { atMs: number; answer: Promise<unknown> }>();
  /** The declared unit of a metric; empty until the metadata is here. */
  units = $state.raw<ReadonlyMap<string, string>>(new Map());

  async metrics(): Promise<readonly MetricHelp[]> {
    try {
      const [names, metadata] = await Promise.all([this.#names(), this.#metadata()]);
      return names.map((name) => ({ name, ...describe(name, metadata) }));
    } catch {
      return [];
    }
  }

  labels(selector: string | null): Promise<readonly string[]> {
    const query = matching(selector);
    return this.#keep(['labels', selector], () => get('/api/v1/labels', { query })).catch(() => []);
  }

  values(label: string, selector: string | null): Promise<readonly string[]> {
    const query = { ...matching(selector), limit: valuesAtMost };
    const path = { name: escaped(label) };
    return this.#keep(['values', label, selector], () => get('/api/v1/label/{name}/values', { path, query })).catch(
      () => [],
    );
  }

  /** All metrics with what is known of them. Throws {@link ApiFailure}. */
  async browse(): Promise<BrowsedMetric[]> {
    const [names, metadata, counts] = await Promise.all([
      this.#names(),
      this.#metadata(),
      this.#keep(['counts'], () => get('/api/v1/status/tsdb', { query: { limit: metricsAtMost } })),
    ]);
    const known = new Map(Object.entries(metadata).map(([name, [first]]) => [name, first]));
    return browsedMetrics(
      names,
      known,
      new Map(counts.seriesCountByMetricName.map(({ name, value }) => [name, value])),
    );
  }

  /** The series of a selector, at most so many. Throws {@link ApiFailure}. */
  async series(selector: string): Promise<{ series: Labels[]; more: boolean }> {
    const query = { 'match[]': [selector], limit: seriesAtMost };
    const series = await this.#keep(['series', selector], () => get('/api/v1/series', { query }));
    return { series, more: series.length >= seriesAtMost };
  }

  #names(): Promise<string[]> {
    const path = { name: '__name__' };
    return this.#keep(['names'], () => get('/api/v1/label/{name}/values', { path, query: {} }));
  }

  async #metadata(): Promise<Metadata> {
    const metadata = await this.#keep(['metadata'], () => get('/api/v1/metadata', { query: {} }));
    this.units = new Map(Object.entries(metadata).map(([name, [first]]) => [name, first?.unit ?? '']));
    return metadata;
  }

  #keep<T>(of: readonly (string | null)[], ask: () => Promise<{ data: T }>): Promise<T> {
    const key = JSON.stringify(of);
    const kept = this.#kept.get(key);
    if (kept && performance.now() - kept.atMs < freshMs) return kept.answer as Promise<T>;
    const answer = ask().then(({ data }) => data);
    this.#kept.set(key, { atMs: performance.now(), answer });
    answer.catch(() => this.#kept.delete(key));
    return answer;
  }
}

function matching(selector: string | null): { 'match[]'?: string[] } {
  return selector === null ? {} : { 'match[]': [selector] };
}

/** Prometheus' escape of names that would not do in a path. */
function escaped(label: string): string {
  if (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label)) return label;
  const hex = (character: string) => `_${character.codePointAt(0)!.toString(16)}_`;
  return `U__${label.replaceAll('_', '__').replace(/[^a-zA-Z0-9_]/gu, hex)}`;
}

/** The parts of a histogram are described under the name of the whole. */
function describe(name: string, metadata: Metadata): Omit<MetricHelp, 'name'> {
  const [known] = metadata[name] ?? metadata[name.replace(/_(?:bucket|sum|count)$/, '')] ?? [];
  return { type: known?.type ?? '', help: known?.help ?? '', unit: known?.unit ?? '' };
}

export const catalogue = new ServerCatalogue();
