import { readFrame, type FrameSink, type History } from './frames';
import { keyOf, SharedQuery, type QueryRequest } from './query';
import { LiveSocket, type Hello, type ServerMessage, type SocketState } from './socket';

/** How the server's store is. */
export type StorageStatus = Extract<ServerMessage, { type: 'status' }>;

/** A component's hold on a query: it lives as long as somebody holds it. */
export interface Lease {
  query: SharedQuery;
  release(): void;
}

/** A query nobody holds stays this long: scrolling back, or going to a page and back, starts nothing anew. */
const lingerMs = 3_000;

/**
 * All that is on screen, over one socket: shared subscriptions, histories and ticks put into their columns, and holes
 * filled after dropped ticks, pauses and lost connections.
 */
export class LiveConnection implements FrameSink {
  hello: Hello | null = null;
  status: StorageStatus = { type: 'status', storage: 'ok' };
  paused = false;
  /** The newest time the server spoke of, Unix ms by its clock; NaN before the first. */
  serverNowMs = NaN;
  readonly #socket: LiveSocket;
  readonly #byId = new Map<number, SharedQuery>();
  readonly #byKey = new Map<string, SharedQuery>();
  readonly #listeners = new Set<() => void>();
  #nextId = 1;

  constructor(url: string, random: () => number) {
    this.#socket = new LiveSocket(
      url,
      {
        opened: (hello) => this.#opened(hello),
        message: (message) => this.#message(message),
        frame: (buffer) => readFrame(buffer, this),
        stateChanged: () => this.#changed(),
      },
      random,
    );
  }

  get socketState(): SocketState {
    return this.#socket.state;
  }

  open(): void {
    this.#socket.open();
  }

  retryNow(): void {
    this.#socket.retryNow();
  }

  /** Resolves when the server has said hello for the first time. */
  greeted(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.listen(() => {
        if (!this.hello) return;
        stop();
        resolve();
      });
    });
  }

  /** Calls back at each change of state, status, pause, and at each tick and heartbeat. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes hold of a query; the listener is called whenever its columns or its error have changed. */
  acquire(request: QueryRequest, listener: () => void): Lease {
    const key = keyOf(request);
    let query = this.#byKey.get(key);
    if (!query) {
      query = new SharedQuery(this.#nextId++, key, request);
      this.#byKey.set(key, query);
      this.#byId.set(query.id, query);
      this.#subscribe(query);
    }
    query.listeners.add(listener);
    const held = query;
    return { query, release: () => this.#release(held, listener) };
  }

  /** Asks again for a query that failed. */
  retry(query: SharedQuery): void {
    this.#subscribe(query);
    query.notify();
  }

  pause(): void {
    this.paused = true;
    this.#socket.send({ type: 'pause' });
    this.#changed();
  }

  resume(): void {
    this.paused = false;
    this.#socket.send({ type: 'resume' });
    this.#changed();
  }

  tick(timeMs: number, gap: boolean): void {
    this.serverNowMs = timeMs;
    if (gap) {
      // Queries with a segment in this tick find their own holes; the others lost their point with the dropped ticks.
      for (const query of this.#byId.values()) {
        const newestMs = Math.floor(timeMs / query.request.stepMs) * query.request.stepMs;
        const missed = newestMs !== timeMs && query.columns.gridMs + query.delayMs < newestMs;
        if (query.isLive && query.answered && missed) this.#subscribe(query);
      }
    }
    this.#changed();
  }

  segment(id: number, generation: number, timeMs: number, values: Float64Array): void {
    const query = this.#byId.get(id);
    // Before the history there is nothing to join on to, and that history will hold this tick.
    if (!query?.joined || query.generation !== generation) return;
    query.error = null; // it was tried again, and it went well
    const missingMs = query.columns.append(timeMs - query.delayMs, values);
    if (!Number.isNaN(missingMs)) this.#socket.send(query.fillMessage(missingMs + query.delayMs));
    query.answered = true;
    query.notify();
  }

  history(history: History, unfinishedFollows: boolean): void {
    const query = this.#byId.get(history.id);
    if (!query || query.generation !== history.generation) return;
    query.columns.mergeHistory(history.firstMs - query.delayMs, history.points, history.values);
    query.joined = true;
    // One without a point may still have its unfinished one: it is not empty before that has come.
    query.answered ||= !unfinishedFollows;
    query.historyError = query.error; // an empty history follows the error that says why
    query.notify();
  }

  heartbeat(timeMs: number): void {
    this.serverNowMs = timeMs;
    this.#changed();
  }

  #opened(hello: Hello): void {
    this.hello = hello;
    this.serverNowMs = hello.nowMs;
    this.status = { type: 'status', storage: 'ok' }; // said after hello when it is not so
    if (this.paused) this.#socket.send({ type: 'pause' });
    for (const query of this.#byId.values()) if (query.isLive || !query.answered) this.#subscribe(query);
    this.#changed();
  }

  #message(message: ServerMessage): void {
    if (message.type === 'status') {
      this.status = message;
      this.#changed();
      return;
    }
    const query = this.#byId.get(message.id);
    if (!query) return;
    if (message.type === 'series') {
      query.columns.setSeries(message.series);
      query.generation = message.generation;
    } else if (message.type === 'error') {
      query.error = { code: message.code, message: message.message };
      query.notify();
    }
  }

  #subscribe(query: SharedQuery): void {
    query.error = null;
    this.#socket.send(query.subscribeMessage(this.serverNowMs));
  }

  #release(query: SharedQuery, listener: () => void): void {
    query.listeners.delete(listener);
    setTimeout(() => {
      if (query.listeners.size > 0 || this.#byId.get(query.id) !== query) return;
      this.#byId.delete(query.id);
      this.#byKey.delete(query.key);
      this.#socket.send({ type: 'unsubscribe', id: query.id });
    }, lingerMs);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** The page's own connection. */
export const live = new LiveConnection(
  `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws/live`,
  () => crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32,
);
