import { get } from '../api/api';
import type { HostsAnswer } from '../api/schema';
import { liveState } from '../live/live.svelte';
import { router } from '../router.svelte';

export type HostStatus = HostsAnswer['hosts'][number];

const pollEveryMs = 10_000;
/** The first page draws its charts before it asks which other hosts there are. */
const firstPollMs = 500;

/** The hosts that measure themselves, and the one that a page about a host shows: `?host=`, else the server's own. */
class PageHost {
  all = $state.raw<readonly HostStatus[]>([]);
  /** Why the hosts could not be asked for, or "". */
  error = $state('');
  asked = $state(false);
  #known = $derived(this.all.map((host) => host.instance));
  name: string = $derived(router.params.get('host') ?? liveState.hello?.host ?? this.#known[0] ?? '');
  status: HostStatus | undefined = $derived(this.all.find((host) => host.instance === this.name));
  /** It sends its samples to the server over a network: the newest are not there with the tick of their second. */
  #remote = $derived(this.name !== '' && this.name !== liveState.hello?.host);
  sampling = $derived({
    collectMs: (this.#remote && this.status?.intervalMs) || liveState.hello?.collectMs || 1000,
    late: this.#remote,
    matcher: this.name && `instance=${JSON.stringify(this.name)}`,
  });
  /** The server was asked, and knows no such host. */
  missing = $derived(
    this.asked && this.error === '' && this.status === undefined && this.name !== liveState.hello?.host,
  );
  several = $derived(this.#known.length > 1);

  /** Asks for the hosts from now on. */
  start(): void {
    setTimeout(() => void this.#poll(), firstPollMs);
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) void this.ask();
    });
  }

  /** Shows another host on the same page. */
  show(name: string): void {
    const params = new URLSearchParams(router.params);
    if (name === liveState.hello?.host) params.delete('host');
    else params.set('host', name);
    router.setParams(params);
  }

  async ask(): Promise<void> {
    try {
      this.all = (await get('/api/v1/hosts', {})).hosts;
      this.error = '';
    } catch (failure) {
      this.error = failure instanceof Error ? failure.message : 'The hosts could not be read.';
    }
    this.asked = true;
  }

  async #poll(): Promise<void> {
    if (!document.hidden) await this.ask();
    setTimeout(() => void this.#poll(), pollEveryMs);
  }
}

export const pageHost = new PageHost();
