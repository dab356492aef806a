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
export function lookbackFor({ collectMs, late }: Samples, delayMs = 0): number | undefined {
  return collectMs > 0 ? (late && delayMs === 0 ? 5 : 3) * collectMs : undefined;
}

/** So long after its second a sample of another host has come. */
const lateMs = 3_000;

/**
 * How far a live chart of samples that come late stays behind. It shows the same as that of the server's own host, which is
 * measured in windows as short; with longer ones its peaks would be lower. Windows of five samples have room for those that
 * are still on their way.
 */
export function delayFor(stepMs: number, { collectMs, late }: Samples): number {
  return late && stepMs < 5 * collectMs ? Math.ceil(lateMs / stepMs) * stepMs : 0;
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
  /** They come some time after their second: the newest are not there with its tick. */
  late?: boolean;
  /** What all selectors are narrowed by; nothing when it is "". */
  matcher?: string;
}

/** @param delayMs how long ago the newest samples are read, see {@link delayFor}. */
export function samplingFor(stepMs: number, { collectMs, matcher = '' }: Samples, delayMs = 0): Sampling {
  const offset = delayMs > 0 ? ` offset ${printDuration(delayMs)}` : '';
  const of = (selector: string, windowMs = 0) =>
    narrow(selector, matcher) + (windowMs > 0 ? `[${printDuration(windowMs)}]` : '') + offset;
  const rateMs = Math.max(2 * (collectMs || stepMs), stepMs);
  const totalMs = Math.max(60_000, stepMs);
  const total = (selector: string) => `sum_over_time(${of(selector, totalMs)})`;
  return {
    total,
    totalMs,
    perMinute: (selector) => (totalMs === 60_000 ? total(selector) : `${total(selector)} / ${totalMs / 60_000}`),
    rate: (selector) => `rate(${of(selector, rateMs)})`,
    gauge: (selector) => (stepMs > collectMs ? `avg_over_time(${of(selector, stepMs)})` : of(selector)),
  };
}
