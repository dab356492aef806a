import { LiveQuery, liveState } from '../../lib/live/live.svelte';
import { lookbackFor } from '../../lib/live/sampling';
import { pageRange } from '../../lib/time/page-range.svelte';
import { isFixed } from '../../lib/time/range';

/** The newest value of each series of an expression, for a table; in a fixed window, the values at its end. */
export function newestQuery(expr: string): LiveQuery {
  return new LiveQuery(() => {
    if (!liveState.hello) return null;
    const stepMs = Math.max(1000, liveState.hello.tickMs);
    const lookbackMs = lookbackFor(liveState.hello.collectMs);
    const range = pageRange.current;
    return isFixed(range)
      ? { expr, stepMs, lookbackMs, startMs: range.toMs - stepMs, endMs: range.toMs }
      : { expr, stepMs, lookbackMs, rangeMs: 2 * stepMs };
  });
}
