import { printDuration } from '../time/duration';

/**
 * How an expression reads samples so that its points tell the whole time between them: a chart of a day has a point
 * every five minutes, and each must speak for its five minutes, not for their last second.
 */
export interface Sampling {
  /** Per second, of a counter. */
  rate(selector: string): string;
  /** The mean since the point before, of a gauge. */
  gauge(selector: string): string;
  /** How many a minute, of a series of increments: over a minute at least, or every point would be a peak or nothing. */
  perMinute(selector: string): string;
  /** How many in the same window, for shares and quantiles. */
  total(selector: string): string;
  /** How long that window is. */
  totalMs: number;
}

/** Three missed samples in a row are a gap, and a gap is shown as one; those that come late have a little longer. */
export function lookbackFor({ collectMs, late }: Samples): number | undefined {
  return collectMs > 0 ? (late ? 5 : 3) * collectMs : undefined;
}

/** A selector that selects less: one matcher more, such as `instance="web-1"`; none when it is "". */
export function narrow(selector: string, matcher: string): string {
  if (!matcher) return selector;
  const brace = selector.indexOf('{');
  return brace < 0
    ? `${selector}{${matcher}}`
    : `${selector.slice(0, brace + 1)}${matcher},${selector.slice(brace + 1)}`;
}

/** What samples are like. */
export interface Samples {
  /** Their distance; a rate needs two of them. */
  collectMs: number;
  /** They come some time after their second: a rate looks back further, or its newest point would never have two. */
  late?: boolean;
  /** What all selectors are narrowed by; nothing when it is "". */
  matcher?: string;
}

export function samplingFor(stepMs: number, { collectMs, late = false, matcher = '' }: Samples): Sampling {
  const rateWindow = printDuration(Math.max((late ? 5 : 2) * (collectMs || stepMs), stepMs));
  const totalMs = Math.max(60_000, stepMs);
  const total = (selector: string) => `sum_over_time(${narrow(selector, matcher)}[${printDuration(totalMs)}])`;
  return {
    total,
    totalMs,
    perMinute: (selector) => (totalMs === 60_000 ? total(selector) : `${total(selector)} / ${totalMs / 60_000}`),
    rate: (selector) => `rate(${narrow(selector, matcher)}[${rateWindow}])`,
    gauge: (selector) => {
      const narrowed = narrow(selector, matcher);
      return stepMs > collectMs ? `avg_over_time(${narrowed}[${printDuration(stepMs)}])` : narrowed;
    },
  };
}
