const firstDelayMs = 500;
/** A server that is back is seen within seconds. */
const longestDelayMs = 4_000;

/**
 * How long to wait before the n-th attempt (from 1): doubling up to 4 s, each time a random half to whole of it, so
 * that a restarted server is not met by all its viewers at once.
 */
export function backoffMs(attempt: number, random: () => number): number {
  const full = Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1));
  return full / 2 + (full / 2) * random();
}
