import type { Unit } from '../../lib/format/units';
import { tokenize } from '../../lib/promql/tokens';

/** The unit of a metric's own values, as metadata and its name tell. */
export function unitOfMetric(name: string, declared: string): Unit {
  // The parts of a distribution that count: how many, whatever it is a distribution of.
  if (/_(?:bucket|count|gcount)$/.test(name)) return 'count';
  const base = name.replace(/_(?:total|sum|gsum|min|max)$/, '');
  const unit = declared || /_(seconds|bytes|ratio|bits)$/.exec(base)?.[1] || '';
  if (unit === 'seconds' || unit === 's') return 'seconds';
  if (unit === 'bytes' || unit === 'By') return 'bytes';
  if (unit === 'ratio' || unit === '1') return 'ratio';
  return 'count';
}

const perSecond: Partial<Record<Unit, Unit>> = {
  bytes: 'bytesPerSecond',
  count: 'perSecond',
  // Seconds per second: of a processor, or of a disk, how much of it was used.
  seconds: 'ratio',
};

/**
 * The unit of an expression, where it can be told from its metrics and functions; else numbers stay numbers. A guess
 * only changes how a value is printed, never the value.
 */
export function unitOf(expr: string, declared: (metric: string) => string): Unit {
  const tokens = tokenize(expr).filter((token) => token.kind !== 'space' && token.kind !== 'comment');
  const metrics = [...new Set(tokens.filter((token) => token.kind === 'metric').map((token) => token.text))];
  if (metrics.length === 0) return 'count';
  const words = new Set(tokens.filter((token) => ['function', 'aggregation'].includes(token.kind)).map((t) => t.text));
  const has = (...names: string[]) => names.some((name) => words.has(name));
  if (has('count', 'count_values', 'count_over_time', 'changes', 'resets', 'absent', 'group', 'sgn')) return 'count';
  if (has('time', 'timestamp', 'ln', 'log2', 'log10', 'exp', 'sqrt', 'hour', 'minute', 'stdvar')) return 'count';

  const rate = has('rate', 'irate', 'deriv');
  const units = metrics.map((metric) => unitOfMetric(metric, declared(metric)));
  const arithmetic = tokens.filter(
    (token, i) => token.kind === 'operator' && '*/%^'.includes(token.text) && tokens[i - 1] !== undefined,
  );
  if (has('histogram_quantile', 'histogram_avg')) {
    const [whole] = metrics.map((metric) => metric.replace(/_bucket$/, ''));
    return arithmetic.length === 0 ? unitOfMetric(whole, declared(whole) || declared(metrics[0])) : 'count';
  }
  if (arithmetic.length === 0) {
    const same = units.every((unit) => unit === units[0]);
    if (!same) return 'count';
    return rate ? (perSecond[units[0]] ?? units[0]) : units[0];
  }
  if (arithmetic.length > 1 || arithmetic[0].text !== '/' || metrics.length !== 2) return 'count';
  if (units[0] === units[1]) return 'ratio';
  // A sum by its count is a mean.
  return units[1] === 'count' ? units[0] : 'count';
}
