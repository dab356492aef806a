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
}

/** Three missed samples in a row are a gap, and a gap is shown as one. */
export function lookbackFor(collectMs: number): number | undefined {
  return collectMs > 0 ? 3 * collectMs : undefined;
}

/** @param collectMs distance of samples; a rate needs two of them. */
export function samplingFor(stepMs: number, collectMs: number): Sampling {
  const rateWindow = printDuration(Math.max(2 * (collectMs || stepMs), stepMs));
  return {
    rate: (selector) => `rate(${selector}[${rateWindow}])`,
    gauge: (selector) => (stepMs > collectMs ? `avg_over_time(${selector}[${printDuration(stepMs)}])` : selector),
  };
}
