import { Columns } from './columns';

/** An expression and the points wanted of it. */
interface Points {
  expr: string;
  stepMs: number;
  /** How old a sample may be that still counts as the value at a point; without it the server's five minutes. */
  lookbackMs?: number;
  /** The expression reads so long ago, a multiple of the step: its value at a point is of that much earlier. */
  delayMs?: number;
}

/** The newest `rangeMs`, live, or one window of the past, once. */
export type QueryRequest = Points & ({ rangeMs: number } | { startMs: number; endMs: number });

export interface QueryError {
  code: string;
  message: string;
}

/** One subscription, shared by all components that show the same thing. */
export class SharedQuery {
  readonly columns: Columns;
  /** The generation of the last `series` message; values of another cannot be told apart. */
  generation = 0;
  /** A history has come: ticks join on to it. */
  joined = false;
  /** Everything that was there has come: what is not there now does not exist. */
  answered = false;
  error: QueryError | null = null;
  /** The history could not be had; what is there has come since. */
  historyError: QueryError | null = null;
  readonly listeners = new Set<() => void>();

  constructor(
    readonly id: number,
    readonly key: string,
    readonly request: QueryRequest,
  ) {
    const spanMs = 'rangeMs' in request ? request.rangeMs : request.endMs - request.startMs;
    this.columns = new Columns(request.stepMs, Math.floor(spanMs / request.stepMs) + 1);
  }

  get delayMs() {
    return this.request.delayMs ?? 0;
  }

  get isLive() {
    return 'rangeMs' in this.request;
  }

  /** The message that subscribes: from the point after the last one when there is something to join on to. */
  subscribeMessage(nowMs: number): object {
    const message = { type: 'subscribe', id: this.id, ...this.request, delayMs: undefined };
    if (!('rangeMs' in this.request)) return message;
    const nextMs = this.columns.gridMs + this.request.stepMs + this.delayMs;
    const joins = nextMs > nowMs - this.request.rangeMs; // false for NaN: nothing yet
    return joins ? this.fillMessage(nextMs) : message;
  }

  /** The message that asks for the points from `startMs` on again; the server goes on from there. */
  fillMessage(startMs: number): object {
    const { expr, stepMs, lookbackMs } = this.request;
    return { type: 'subscribe', id: this.id, expr, stepMs, lookbackMs, startMs };
  }

  notify(): void {
    for (const listener of this.listeners) listener();
  }
}

/** Requests with the same key get the same answer. */
export function keyOf(request: QueryRequest): string {
  const window = 'rangeMs' in request ? request.rangeMs : `${request.startMs}-${request.endMs}`;
  return `${request.stepMs}|${window}|${request.lookbackMs ?? ''}|${request.delayMs ?? ''}|${request.expr}`;
}
