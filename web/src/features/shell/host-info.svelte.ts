import { live } from '../../lib/live/connection';
import type { Labels } from '../../lib/live/columns';

const request = { expr: 'host_info', stepMs: 1_000, rangeMs: 10_000 };

/** What this machine is: its name, system and processor, from the labels of `host_info`. */
class HostInfo {
  labels = $state.raw<Labels | null>(null);
  name = $derived(this.labels?.host_name ?? this.labels?.instance ?? '');

  constructor() {
    const { query } = live.acquire(request, () => (this.labels = query.columns.labels[0] ?? this.labels));
  }
}

export const host = new HostInfo();
