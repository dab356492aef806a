import { printDuration } from '../../lib/time/duration';
import { stepFor } from '../../lib/time/steps';

const second = 1000;
const choicesMs = [1, 5, 10, 15, 30, 60, 300, 900, 3600, 21_600, 86_400].map((n) => n * second);

/** The server gives no more points of a series. */
const maxPoints = 11_000;

/** The step of a page: the chosen one where the range has not too many points for it. */
export function effectiveStep(spanMs: number, chosenMs: number | null): number {
  return chosenMs !== null && spanMs / chosenMs < maxPoints ? chosenMs : stepFor(spanMs);
}

/** What can be chosen for a range: from two points to as many as there may be. */
export function stepChoices(spanMs: number): number[] {
  return choicesMs.filter((step) => spanMs / step < maxPoints && spanMs / step >= 2);
}

/** The points of a range lie at whole steps. */
export function gridOf(fromMs: number, toMs: number, stepMs: number): { startMs: number; endMs: number } {
  const endMs = Math.floor(toMs / stepMs) * stepMs;
  return { startMs: Math.min(endMs, Math.ceil(fromMs / stepMs) * stepMs), endMs };
}

/** For the API, which reads seconds and PromQL's durations. */
export function timeParams(startMs: number, endMs: number, stepMs: number): Record<'start' | 'end' | 'step', string> {
  return { start: String(startMs / 1000), end: String(endMs / 1000), step: printDuration(stepMs) };
}
