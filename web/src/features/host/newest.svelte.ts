import { LiveQuery, liveState } from '../../lib/live/live.svelte';
import { pageRange } from '../../lib/time/page-range.svelte';

/** The newest value of each series of an expression, for a table; in a fixed window, the values at its end. */
export function newestQuery(expr: string): LiveQuery {
  return new LiveQuery(() => {
    if (!liveState.hello) return null;
    const stepMs = Math.max(1000, liveState.hello.tickMs);
    const range = pageRange.current;
    return 'toMs' in range
      ? { expr, stepMs, startMs: range.toMs - stepMs, endMs: range.toMs }
      : { expr, stepMs, rangeMs: 2 * stepMs };
  });
}
