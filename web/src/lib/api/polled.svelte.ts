import { untrack } from 'svelte';
import { liveState } from '../live/live.svelte';
import { ApiFailure } from './api';

/** How many times as long as an answer took is waited until it is asked for again, at least. */
const slowRest = 3;

/**
 * A resource of the API that is on screen: asked for at once, and again after each interval while the page is seen and
 * not paused. Made in a component, it ends with it. What was answered last stays when a later answer fails; `error` says why.
 */
export class Polled<T> {
  value = $state.raw<T | null>(null);
  error = $state.raw<ApiFailure | null>(null);
  /** When the value was answered, by this machine's clock. */
  answeredMs = $state(NaN);
  readonly #ask: (signal: AbortSignal) => Promise<T>;
  #stop = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param ask read in an effect: what it reads, asks anew when it changes. */
  constructor(
    ask: (signal: AbortSignal) => Promise<T>,
    readonly everyMs = 5_000,
  ) {
    this.#ask = ask;
    $effect(() => {
      const { signal } = (this.#stop = new AbortController());
      void this.#run(this.#ask(signal), signal);
      const seen = () => void (!document.hidden && !liveState.paused && this.again());
      document.addEventListener('visibilitychange', seen);
      return () => {
        this.#stop.abort();
        clearTimeout(this.#timer);
        document.removeEventListener('visibilitychange', seen);
      };
    });
    let waited = false;
    $effect(() => {
      if (waited && !liveState.paused) untrack(() => this.again());
      waited = liveState.paused;
    });
  }

  /** Asks now. */
  again(): void {
    const { signal } = this.#stop;
    if (!signal.aborted) void this.#run(this.#ask(signal), signal);
  }

  async #run(answer: Promise<T>, signal: AbortSignal): Promise<void> {
    clearTimeout(this.#timer);
    const askedMs = performance.now();
    try {
      const value = await answer;
      if (signal.aborted) return;
      this.value = value;
      this.error = null;
      this.answeredMs = Date.now();
    } catch (failure) {
      if (signal.aborted) return;
      this.error =
        failure instanceof ApiFailure ? failure : new ApiFailure(0, 'The server gave an answer that cannot be read.');
    }
    clearTimeout(this.#timer); // two may have been on their way
    this.#timer = setTimeout(
      () => {
        if (document.hidden || liveState.paused) return; // becoming visible asks, and so does going on
        this.again();
        // What is hard to answer is asked less often.
      },
      Math.max(this.everyMs, slowRest * (performance.now() - askedMs)),
    );
  }
}
