const drawsPerFrame = 3;
const budgetMs = 8;

/**
 * Spreads drawing over frames: two dozen charts that get the same tick are each fast, but together they are a long task.
 * The number is capped too, for the clock does not see what the rasteriser has still to do. A chart that is marked
 * twice is drawn once.
 */
export class DrawScheduler {
  readonly #queue = new Set<() => void>();
  #frame = 0;

  request(draw: () => void): void {
    this.#queue.add(draw);
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#run());
  }

  cancel(draw: () => void): void {
    this.#queue.delete(draw);
  }

  #run(): void {
    const endMs = performance.now() + budgetMs;
    let drawn = 0;
    for (const draw of this.#queue) {
      if (drawn === drawsPerFrame || performance.now() > endMs) break;
      this.#queue.delete(draw);
      draw();
      drawn++;
    }
    this.#frame = this.#queue.size > 0 ? requestAnimationFrame(() => this.#run()) : 0;
  }
}

export const drawScheduler = new DrawScheduler();
