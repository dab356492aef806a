import type { Unit } from '../format/units';

/** So many characters a label of an axis has mostly, by its unit: they have room before the first is written. */
const usualLabels: Record<Unit, number> = {
  ratio: 5, // 2.50%
  bytes: 8, // 0.25 KiB
  bytesPerSecond: 10,
  bits: 10, // 250 Mbit/s
  count: 5,
  perSecond: 6,
  number: 6,
  seconds: 9, // 0.333 min
};

/** The room for labels of these lengths, in CSS pixels. */
export function labelRoom(lengths: readonly number[], unit: Unit, textScale: number): number {
  return 14 + 6.3 * textScale * Math.max(usualLabels[unit], ...lengths);
}

/**
 * The room for the labels of the vertical axes: all charts of a page take that of the widest, so that a moment is at one x
 * from the top of the page to its end.
 */
export class Gutter {
  readonly #needs = new Map<object, { width: number; redraw: () => void }>();
  #width = 0;

  /** Says how much room a chart needs; returns how much it gets. The others are drawn again when that has changed. */
  take(chart: object, width: number, redraw: () => void): number {
    // What a chart has once had, it keeps: an axis that gets narrower with the next value would take all others with it.
    const before = this.#needs.get(chart)?.width ?? 0;
    this.#needs.set(chart, { width: Math.max(before, width), redraw });
    this.#settle(chart);
    return this.#width;
  }

  /** The chart is gone. */
  leave(chart: object): void {
    this.#needs.delete(chart);
    this.#settle(chart);
  }

  #settle(asking: object): void {
    const width = Math.max(0, ...[...this.#needs.values()].map((one) => one.width));
    if (width === this.#width) return;
    this.#width = width;
    for (const [chart, one] of this.#needs) if (chart !== asking) one.redraw();
  }
}

export const pageGutter = new Gutter();
