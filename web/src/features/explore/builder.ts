/** What is made of a metric by clicking. */
export interface Choice {
  metric: BrowsedMetric;
  /** Label → the values that are let in; none for a label means all. */
  filters: ReadonlyMap<string, ReadonlySet<string>>;
  by: readonly string[];
  aggregation: Aggregation;
}

export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'info' | 'unknown';

/** A metric as the browser lists it: a histogram is one, whatever number of series names it has. */
export interface BrowsedMetric {
  name: string;
  type: MetricType;
  unit: string;
  help: string;
  series: number;
}

export type Aggregation = 'each' | 'sum' | 'avg' | 'min' | 'max' | 'count' | 'p50' | 'p90' | 'p95' | 'p99' | 'mean';

const overSeries: readonly Aggregation[] = ['each', 'sum', 'avg', 'min', 'max', 'count'];
const ofHistogram: readonly Aggregation[] = ['p50', 'p90', 'p95', 'p99', 'mean', 'count'];

export const aggregationWords: Record<Aggregation, string> = {
  each: 'Each series',
  sum: 'Sum',
  avg: 'Average',
  min: 'Lowest',
  max: 'Highest',
  count: 'Count',
  p50: 'Median',
  p90: '90th percentile',
  p95: '95th percentile',
  p99: '99th percentile',
  mean: 'Mean',
};

export function aggregationsFor(type: MetricType): readonly Aggregation[] {
  return type === 'histogram' ? ofHistogram : overSeries;
}

export function defaultChoice(metric: BrowsedMetric): Choice {
  const aggregation: Aggregation = metric.type === 'histogram' ? 'p95' : 'each';
  return { metric, filters: new Map(), by: [], aggregation };
}

/** The PromQL of a choice; `window` is what rates look over. */
export function expressionOf({ metric, filters, by, aggregation }: Choice, window: string): string {
  const matchers = [...filters]
    .filter(([, values]) => values.size > 0)
    .map(([label, values]) => matcher(label, values));
  const select = (suffix = '') => selector(metric.name + suffix, matchers);
  if (metric.type === 'histogram') {
    const rate = (suffix: string, labels: readonly string[]) =>
      `sum${grouping(labels)} (rate(${select(suffix)}[${window}]))`;
    if (aggregation === 'mean') return `${rate('_sum', by)} / ${rate('_count', by)}`;
    if (aggregation === 'count') return rate('_count', by);
    return `histogram_quantile(0.${aggregation.slice(1)}, ${rate('_bucket', ['le', ...by])})`;
  }
  const inner = metric.type === 'counter' ? `rate(${select()}[${window}])` : select();
  // To group by labels, something has to be done with those that fall together.
  const over = aggregation === 'each' && by.length > 0 ? 'sum' : aggregation;
  return over === 'each' ? inner : `${over}${grouping(by)} (${inner})`;
}

/** Finds the series whose labels can be chosen; of a histogram one for each combination, without its buckets. */
export function seriesSelector(metric: BrowsedMetric): string {
  return selector(metric.type === 'histogram' ? `${metric.name}_count` : metric.name, []);
}

/** A histogram in buckets is listed once, by the name without `_bucket`, `_sum` and `_count`. */
export function browsedMetrics(
  names: readonly string[],
  metadata: ReadonlyMap<string, { type: string; unit: string; help: string }>,
  seriesOf: ReadonlyMap<string, number>,
): BrowsedMetric[] {
  const histograms = new Set(names.filter((name) => name.endsWith('_bucket')).map((name) => name.slice(0, -7)));
  const found = new Map<string, BrowsedMetric>();
  for (const name of names) {
    const base = name.replace(/_(?:bucket|sum|count)$/, '');
    const listed = base !== name && histograms.has(base) ? base : name;
    const known = metadata.get(listed);
    const series = (found.get(listed)?.series ?? 0) + (seriesOf.get(name) ?? 0);
    const type = histograms.has(listed) ? 'histogram' : typeOf(listed, known?.type ?? '');
    found.set(listed, { name: listed, type, unit: known?.unit ?? '', help: known?.help ?? '', series });
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The metrics in whose name or description all words are: those whose names begin with the first, then names, then the rest. */
export function findMetrics<Metric extends Pick<BrowsedMetric, 'name' | 'help'>>(
  metrics: readonly Metric[],
  find: string,
): Metric[] {
  const words = find.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = ({ name }: Metric) => {
    const lower = name.toLowerCase();
    if (!words.every((word) => lower.includes(word))) return 2;
    return lower.startsWith(words[0] ?? '') ? 0 : 1;
  };
  return metrics
    .filter(({ name, help }) => words.every((word) => `${name} ${help}`.toLowerCase().includes(word)))
    .map((metric) => ({ metric, rank: rank(metric) }))
    .sort((a, b) => a.rank - b.rank) // stable: by name within
    .map(({ metric }) => metric);
}

function typeOf(name: string, declared: string): MetricType {
  // Upstream's histogram without buckets is a native one, which the language treats as a gauge of distributions.
  if (['counter', 'gauge', 'summary', 'info'].includes(declared)) return declared as MetricType;
  return /_(?:total|sum|count)$/.test(name) ? 'counter' : 'unknown';
}

function selector(name: string, matchers: readonly string[]): string {
  const plain = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
  const inner = plain ? matchers : [JSON.stringify(name), ...matchers];
  return (plain ? name : '') + (inner.length > 0 ? `{${inner.join(', ')}}` : '');
}

function matcher(label: string, values: ReadonlySet<string>): string {
  const [only] = values;
  if (values.size === 1) return `${labelName(label)}=${JSON.stringify(only)}`;
  return `${labelName(label)}=~${JSON.stringify([...values].map(escapeRegex).join('|'))}`;
}

function grouping(by: readonly string[]): string {
  return by.length > 0 ? ` by (${by.map(labelName).join(', ')})` : '';
}

function labelName(label: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) ? label : JSON.stringify(label);
}

function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
