import type { SourceStatus } from '../../lib/api/schema';
import type { HealthState } from '../../lib/ui/health';

export type Source = SourceStatus;

const silentAfterMs = 5 * 60_000;
const recentMs = 5 * 60_000;

/** Something of what it sent was refused within the last minutes. */
export function refusedRecently(source: Source, nowMs: number): boolean {
  return source.lastRejectionMs !== null && nowMs - source.lastRejectionMs < recentMs;
}

/** A sender is well while it sends and nothing of it is refused; one that stopped has no state, for that may be wanted. */
export function stateOfSource(source: Source, nowMs: number): HealthState {
  if (refusedRecently(source, nowMs)) return 'warning';
  return nowMs - source.lastSeenMs > silentAfterMs ? 'none' : 'ok';
}
