import { isFixed, type TimeRange } from './range';

/** From when to when a range goes, as the server's routes read it: one that is live ends now. */
export function boundsOf(range: TimeRange, nowMs = Date.now()): { start: string; end: string } {
  const [fromMs, toMs] = isFixed(range) ? [range.fromMs, range.toMs] : [nowMs - range.rangeMs, nowMs];
  return { start: new Date(fromMs).toISOString(), end: new Date(toMs).toISOString() };
}
