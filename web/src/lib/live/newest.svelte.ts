import { pageHost } from '../host/page-host.svelte';
import { LiveQuery, liveState } from './live.svelte';
import { lookbackFor, narrow } from './sampling';
import { pageRange } from '../time/page-range.svelte';
import { isFixed } from '../time/range';

/** The newest values, for a table, of what an expression says of the page's host; in a fixed window, those at its end. */
export function newestOfHost(expr: (of: (selector: string) => string) => string): LiveQuery {
  return newestQuery(
    () => expr((selector) => narrow(selector, pageHost.sampling.matcher)),
    () => lookbackFor(pageHost.sampling),
  );
}

/** The newest value of each series of an expression, for a table; in a fixed window, the values at its end. */
export function newestQuery(exprOf: () => string, lookbackMsOf: () => number | undefined): LiveQuery {
  return new LiveQuery(() => {
    if (!liveState.hello) return null;
    const expr = exprOf();
    const stepMs = Math.max(1000, liveState.hello.tickMs);
    const lookbackMs = lookbackMsOf();
    const range = pageRange.current;
    return isFixed(range)
      ? { expr, stepMs, lookbackMs, startMs: range.toMs - stepMs, endMs: range.toMs }
      : { expr, stepMs, lookbackMs, rangeMs: 2 * stepMs };
  });
}
