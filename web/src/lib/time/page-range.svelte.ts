import { live } from '../live/connection';
import { router, searchOf } from '../router.svelte';
import { isFixed, readLiveRange, readRange, spanOf, writeRange, type TimeRange } from './range';
import { stepFor } from './steps';

/** The time range of the page that is open, as its URL says. */
class PageRange {
  current: TimeRange = $derived(readRange(router.params));
  fixed = $derived(isFixed(this.current));
  spanMs = $derived(spanOf(this.current));
  stepMs = $derived(stepFor(this.spanMs));

  set(range: TimeRange): void {
    router.setParams(writeRange(router.params, range));
  }

  /** A selection on a chart: at least ten seconds, so that there is something to see. */
  zoom(fromMs: number, toMs: number): void {
    const missing = Math.max(0, 10_000 - (toMs - fromMs)) / 2;
    const second = (ms: number) => Math.round(ms / 1000) * 1000;
    this.set({ fromMs: second(fromMs - missing), toMs: second(toMs + missing) });
  }

  /** Back from a fixed window to the live range. */
  reset(): void {
    if (this.fixed) this.set({ rangeMs: readLiveRange(router.params) });
  }

  /** Twice as much time around the same middle; a live range doubles. */
  zoomOut(): void {
    const range = this.current;
    if (!isFixed(range)) return this.set({ rangeMs: range.rangeMs * 2 });
    const toMs = Math.min(range.toMs + this.spanMs / 2, live.serverNowMs || Date.now());
    this.set({ fromMs: toMs - this.spanMs * 2, toMs });
  }

  /** The address of this page for another host. */
  linkOfHost(name: string): string {
    const params = new URLSearchParams(router.params);
    params.set('host', name);
    return router.path + searchOf(params);
  }

  /** The address of another page with the same range, and of the same host. */
  link(path: string, hash = ''): string {
    const params = new URLSearchParams();
    for (const name of ['range', 'from', 'to', 'host']) {
      const value = router.params.get(name);
      if (value) params.set(name, value);
    }
    return path + searchOf(params) + hash;
  }
}

export const pageRange = new PageRange();
