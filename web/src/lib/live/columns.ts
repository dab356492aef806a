/** The labels of a series, as the server sends them. */
export type Labels = Readonly<Record<string, string>>;

/** One series of a window: its labels and its values, as many as there are times. */
interface Column {
  readonly labels: Labels;
  readonly identity: string;
  readonly values: Float64Array;
}

/**
 * The newest N points of a set of series on one regular grid of times, and after them the unfinished one: the step that
 * is not over, as it is now. They lie in typed arrays of twice that length: appending
 * writes one number per series, and only each N ticks the newer half is copied to the front. Charts get views; nothing
 * is allocated per sample, so the heap stays flat while streaming.
 */
export class Columns {
  #times: Float64Array;
  #start = 0;
  #end = 0;
  #columns: Column[] = [];
  /** Position of a value in a frame → the column it belongs to. */
  #order: Column[] = [];
  /** The last point is the unfinished one. */
  #unfinished = false;

  /** Counts changes of the set of series; a chart rebuilds itself when it moves. */
  seriesRevision = 0;

  constructor(
    readonly stepMs: number,
    /** N: how many points the window has. */
    readonly capacity: number,
  ) {
    this.#times = new Float64Array(capacity * 2);
  }

  get length() {
    return this.#end - this.#start;
  }

  /** Time of the newest point, or NaN when there is none. */
  get lastMs() {
    return this.length === 0 ? NaN : this.#times[this.#end - 1];
  }

  /** Time of the newest point of the grid, or NaN when there is none. */
  get gridMs() {
    if (!this.#unfinished) return this.lastMs;
    return this.length > 1 ? this.#times[this.#end - 2] : NaN;
  }

  get firstMs() {
    return this.length === 0 ? NaN : this.#times[this.#start];
  }

  /** The points' times in Unix ms: a view that is valid until the next append. */
  get times() {
    return this.#times.subarray(this.#start, this.#end);
  }

  get labels(): Labels[] {
    return this.#columns.map((column) => column.labels);
  }

  get seriesCount() {
    return this.#columns.length;
  }

  /** The values of a series: a view that is valid until the next append. */
  values(series: number) {
    return this.#columns[series].values.subarray(this.#start, this.#end);
  }

  /** The newest value of a series, NaN when it has none. */
  last(series: number) {
    return this.length === 0 ? NaN : this.#columns[series].values[this.#end - 1];
  }

  /**
   * Takes the server's new list of series. A series keeps its column as long as the window shows something of it, so
   * a chart that draws by column has to be rebuilt only when `seriesRevision` moves.
   */
  setSeries(list: readonly Labels[]): void {
    const known = new Map(this.#columns.map((column) => [column.identity, column]));
    const added: Column[] = [];
    this.#order = list.map((labels) => {
      const identity = identityOf(labels);
      const old = known.get(identity);
      if (old) return old;
      const column = { labels, identity, values: new Float64Array(this.capacity * 2).fill(NaN) };
      added.push(column);
      return column;
    });
    const listed = new Set(this.#order);
    const kept = this.#columns.filter((column) => listed.has(column) || this.#hasSamples(column));
    if (added.length === 0 && kept.length === this.#columns.length) return;
    this.#columns = [...kept, ...added];
    this.seriesRevision++;
  }

  /** Whether the window shows anything of a series. */
  hasSamples(series: number): boolean {
    return this.#hasSamples(this.#columns[series]);
  }

  /** Writes a history into the grid: over what is there, or in place of everything when it does not join on. */
  mergeHistory(firstMs: number, points: number, values: Float64Array): void {
    if (points === 0) return;
    this.#dropUnfinished();
    const joins = this.length > 0 && firstMs >= this.firstMs && firstMs <= this.lastMs + this.stepMs;
    if (!joins || (firstMs - this.firstMs) % this.stepMs !== 0) this.#clear();

    // More points than the window has: the older ones would be pushed out at once.
    for (let k = Math.max(0, points - this.capacity); k < points; k++) {
      const timeMs = firstMs + k * this.stepMs;
      const row = timeMs > this.lastMs || this.length === 0 ? this.#pushRow(timeMs) : this.#rowOf(timeMs);
      for (let i = 0; i < this.#order.length; i++) this.#order[i].values[row] = values[i * points + k];
    }
  }

  /**
   * Appends the values of one tick; those of the unfinished step, which is at no multiple of the step, are replaced by
   * the next. Returns the time of the first point that is missing before it, or NaN when it follows on; missing points
   * stand as NaN until a history fills them.
   */
  append(timeMs: number, values: Float64Array): number {
    if (this.length > 0 && timeMs <= this.lastMs) return NaN; // a history has brought it already
    this.#dropUnfinished();
    const unfinished = timeMs % this.stepMs !== 0;
    let missingMs = NaN;
    if (this.length > 0) {
      const expectedMs = this.lastMs + this.stepMs;
      if (timeMs > expectedMs) missingMs = expectedMs;
      if ((timeMs - expectedMs) / this.stepMs >= this.capacity) this.#clear();
      else for (let t = expectedMs; t < timeMs; t += this.stepMs) this.#pushRow(t);
    }
    this.#unfinished = unfinished;
    const row = this.#pushRow(timeMs);
    for (let i = 0; i < this.#order.length; i++) this.#order[i].values[row] = values[i];
    return missingMs;
  }

  #pushRow(timeMs: number): number {
    if (this.#end === this.#times.length) {
      const keepFrom = this.#end - this.capacity + Number(!this.#unfinished);
      for (const array of [this.#times, ...this.#columns.map((column) => column.values)])
        array.copyWithin(0, keepFrom, this.#end);
      this.#end -= keepFrom;
      this.#start = 0;
    }
    const row = this.#end++;
    if (this.length > this.capacity + Number(this.#unfinished)) this.#start++;
    this.#times[row] = timeMs;
    for (const column of this.#columns) column.values[row] = NaN;
    return row;
  }

  #rowOf(timeMs: number): number {
    return this.#start + Math.round((timeMs - this.firstMs) / this.stepMs);
  }

  #hasSamples(column: Column): boolean {
    for (let row = this.#start; row < this.#end; row++) if (!Number.isNaN(column.values[row])) return true;
    return false;
  }

  #dropUnfinished(): void {
    if (this.#unfinished) this.#end--;
    this.#unfinished = false;
  }

  #clear(): void {
    this.#start = this.#end = 0;
    this.#unfinished = false;
  }
}

/** A series is its labels, whatever order they come in. */
export function identityOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
