import { backoffMs } from './backoff';
import { FrameError } from './frames';

/** The first message of a connection. `collectMs` is 0, and `host` absent, when the server does not collect its own host. */
export interface Hello {
  version: string;
  nowMs: number;
  /** Since when the server runs, by its clock. */
  startedMs: number;
  tickMs: number;
  collectMs: number;
  host?: string;
}

/** What else the server says in text; frames are binary. */
export type ServerMessage =
  | { type: 'series'; id: number; generation: number; series: Record<string, string>[] }
  | { type: 'error'; id: number; code: string; message: string }
  | { type: 'status'; storage: 'ok' | 'read_only' | 'starting'; message?: string; sinceMs?: number; clock?: string };

export type SocketState =
  | { kind: 'connecting' }
  | { kind: 'open' }
  /** `sinceMs`: when the connection was lost, by this machine's clock. */
  | { kind: 'reconnecting'; attempt: number; sinceMs: number };

export interface SocketListener {
  opened(hello: Hello): void;
  message(message: ServerMessage): void;
  frame(buffer: ArrayBuffer): void;
  stateChanged(state: SocketState): void;
}

const silenceMs = 10_000;
const watchdogMs = 1_000;

/**
 * One WebSocket that stays: connects, says hello, notices silence, and connects again with growing pauses. What is
 * subscribed is not its business.
 */
export class LiveSocket {
  state: SocketState = { kind: 'connecting' };
  #socket: WebSocket | null = null;
  #greeted = false;
  #lastHeardMs = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly url: string,
    private readonly listener: SocketListener,
    private readonly random: () => number,
  ) {}

  open(): void {
    clearTimeout(this.#retry);
    this.#greeted = false;
    this.#lastHeardMs = Date.now();
    const socket = new WebSocket(this.url);
    socket.binaryType = 'arraybuffer';
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (socket === this.#socket) this.#receive(event.data);
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#lost();
    };
    this.#socket = socket;
    setTimeout(() => this.#watch(socket), watchdogMs);
  }

  /** Sends a message; returns false, and does nothing, while there is no connection. */
  send(message: object): boolean {
    if (!this.#greeted || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Does not wait for the pause to end: the network is back, or the person wants it now. */
  retryNow(): void {
    if (this.state.kind === 'reconnecting' && this.#socket === null) this.open();
  }

  #receive(data: string | ArrayBuffer): void {
    this.#lastHeardMs = Date.now();
    try {
      if (typeof data !== 'string') this.listener.frame(data);
      else this.#receiveText(JSON.parse(data) as { type: string });
    } catch (cause) {
      if (!(cause instanceof FrameError || cause instanceof SyntaxError)) throw cause;
      this.#abandon(); // not our protocol: a proxy's page, or another version of the server
    }
  }

  #receiveText(message: { type: string }): void {
    if (message.type !== 'hello') {
      this.listener.message(message as ServerMessage);
      return;
    }
    this.#greeted = true;
    this.#setState({ kind: 'open' });
    this.listener.opened(message as unknown as Hello);
  }

  /** A connection that died without a word (a laptop that slept, a cable) is found by its silence. */
  #watch(socket: WebSocket): void {
    if (socket !== this.#socket) return;
    if (Date.now() - this.#lastHeardMs > silenceMs) this.#abandon();
    else setTimeout(() => this.#watch(socket), watchdogMs);
  }

  #abandon(): void {
    const socket = this.#socket;
    this.#lost();
    socket?.close();
  }

  #lost(): void {
    this.#socket = null;
    const before = this.state;
    const attempt = before.kind === 'reconnecting' ? before.attempt + 1 : 1;
    const sinceMs = before.kind === 'reconnecting' ? before.sinceMs : this.#lastHeardMs;
    this.#setState({ kind: 'reconnecting', attempt, sinceMs });
    this.#retry = setTimeout(() => this.open(), backoffMs(attempt, this.random));
  }

  #setState(state: SocketState): void {
    this.state = state;
    this.listener.stateChanged(state);
  }
}
