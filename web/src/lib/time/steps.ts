const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Distances of points that people can name. */
const niceStepsMs = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12, 24].map((n) => n * hour),
];

/** About one point per one or two pixels of a panel. */
const chartPoints = 600;

/** The smallest nice step that covers a span with at most `maxPoints` points. Charts up to 5 min have every second. */
export function stepFor(spanMs: number, maxPoints = chartPoints): number {
  return niceStepsMs.find((step) => spanMs / step <= maxPoints) ?? niceStepsMs[niceStepsMs.length - 1];
}
