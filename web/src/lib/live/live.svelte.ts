import { untrack } from 'svelte';
import type { Columns } from './columns';
import { live, type StorageStatus } from './connection';
import { keyOf, type QueryError, type QueryRequest, type SharedQuery } from './query';

/** What the live group of the top bar says. */
export type LiveKind = 'connecting' | 'starting' | 'live' | 'paused' | 'reconnecting' | 'offline';

/** So long without a connection, and it is no longer a hiccup. */
const offlineAfterMs = 30_000;

/** The connection as components read it. */
class LiveState {
  #socket = $state.raw(live.socketState);
  #browserOnline = $state(navigator.onLine);
  #serverStarting = $state(false);
  #nowMs = $state(Date.now());
  #clock: ReturnType<typeof setInterval> | undefined;
  hello = $state.raw(live.hello);
  storage = $state.raw<StorageStatus>(live.status);
  paused = $state(live.paused);
  /** When the server last sent anything, by this machine's clock. */
  heardMs = $state(Date.now());
  /** How long the server runs; moves with each tick. */
  uptimeMs = $state(NaN);
  pausedAtMs = $state(0);

  kind: LiveKind = $derived.by(() => {
    const socket = this.#socket;
    if (socket.kind === 'reconnecting') {
      if (this.#serverStarting) return 'starting';
      const long = this.#nowMs - socket.sinceMs > offlineAfterMs;
      return !this.#browserOnline || long ? 'offline' : 'reconnecting';
    }
    if (socket.kind === 'open' && this.storage.storage === 'starting') return 'starting';
    if (this.paused) return 'paused';
    return socket.kind === 'open' ? 'live' : 'connecting';
  });

  attempt = $derived(this.#socket.kind === 'reconnecting' ? this.#socket.attempt : 0);
  /** Since when there is no connection, by this machine's clock; NaN while there is one. */
  lostSinceMs = $derived(this.#socket.kind === 'reconnecting' ? this.#socket.sinceMs : NaN);
  /** What is on screen is old: there is no connection. Pausing is a choice and does not count. */
  stale = $derived(this.#socket.kind === 'reconnecting');
  /** Seconds since the data on screen was new; moves once a second while stale or paused. */
  ageSeconds = $derived(
    Math.max(0, Math.round((this.#nowMs - (this.stale ? this.lostSinceMs : this.pausedAtMs)) / 1000)),
  );

  constructor() {
    live.listen(() => this.#read());
    addEventListener('online', () => this.#online(true));
    addEventListener('offline', () => this.#online(false));
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) live.retryNow();
    });
    this.#read();
  }

  pause(): void {
    this.pausedAtMs = Date.now();
    live.pause();
  }

  resume(): void {
    live.resume();
  }

  retryNow(): void {
    live.retryNow();
  }

  #read(): void {
    const lost = live.socketState.kind === 'reconnecting';
    if (lost && live.socketState !== this.#socket) void this.#askWhetherStarting();
    this.#socket = live.socketState;
    this.hello = live.hello;
    this.uptimeMs = live.hello ? live.serverNowMs - live.hello.startedMs : NaN;
    this.storage = live.status;
    this.paused = live.paused;
    if (!lost) {
      this.heardMs = Date.now();
      this.#serverStarting = false;
    }
    if ((lost || live.paused) && this.#clock === undefined) {
      this.#nowMs = Date.now();
      this.#clock = setInterval(() => (this.#nowMs = Date.now()), 1000);
    } else if (!lost && !live.paused) {
      clearInterval(this.#clock);
      this.#clock = undefined;
    }
  }

  #online(online: boolean): void {
    this.#browserOnline = online;
    if (online) live.retryNow();
  }

  /** A refused handshake does not tell the page why; this does. */
  async #askWhetherStarting(): Promise<void> {
    try {
      const answer = await fetch('/readyz', { cache: 'no-store' });
      this.#serverStarting = answer.status === 503 && live.socketState.kind === 'reconnecting';
    } catch {
      this.#serverStarting = false;
    }
  }
}

export const liveState = new LiveState();

/**
 * A query as a component holds it: taken while the component lives and `request` is not null, given back with it.
 * Reading `columns`, `answered` or `error` follows each tick. While another request is on its way, the answer to the
 * one before stays.
 */
export class LiveQuery {
  #wanted = $state.raw<SharedQuery | null>(null);
  #shown = $state.raw<SharedQuery | null>(null);
  #revision = $state(0);

  constructor(request: () => QueryRequest | null) {
    const key = $derived.by(() => {
      const wanted = request();
      return wanted && keyOf(wanted);
    });
    $effect(() => {
      if (key === null) return; // out of sight: what was on screen stays until it is wanted again
      const lease = live.acquire(untrack(request)!, () => this.#follow(lease.query));
      untrack(() => this.#follow(lease.query));
      return () => lease.release();
    });
  }

  /** Counts changes. */
  get revision(): number {
    return this.#revision;
  }

  get columns(): Columns | null {
    void this.#revision;
    return this.#shown?.columns ?? null;
  }

  /** The request that `columns` answer. */
  get shown(): QueryRequest | null {
    return this.#shown?.request ?? null;
  }

  /** The server has answered: an empty result is empty, not on its way. */
  get answered(): boolean {
    return this.#shown !== null;
  }

  /** An answer is on its way. */
  get loading(): boolean {
    return this.#wanted !== this.#shown && this.error === null;
  }

  get error(): QueryError | null {
    void this.#revision;
    return this.#wanted?.error ?? null;
  }

  /** The history could not be had; what is there has come since. */
  get historyError(): QueryError | null {
    void this.#revision;
    return this.#wanted?.historyError ?? null;
  }

  retry(): void {
    if (this.#wanted) live.retry(this.#wanted);
  }

  #follow(query: SharedQuery): void {
    this.#wanted = query;
    if (query.answered) this.#shown = query;
    this.#revision++;
  }
}
