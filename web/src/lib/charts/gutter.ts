/**
 * The room for the labels of the vertical axes: all charts of a page take that of the widest, so that a moment is at one x
 * from the top of the page to its end.
 */
export class Gutter {
  readonly #needs = new Map<object, { width: number; redraw: () => void }>();
  #width = 0;

  /** Says how much room a chart needs; returns how much it gets. The others are drawn again when that has changed. */
  take(chart: object, width: number, redraw: () => void): number {
    this.#needs.set(chart, { width, redraw });
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
