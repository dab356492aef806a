/** How a value is, by its thresholds. Each state has a shape, a word and a colour. */
export type HealthState = 'ok' | 'warning' | 'critical' | 'none';

export interface Thresholds {
  warning: number;
  critical: number;
}

export const stateWords: Record<HealthState, string> = {
  ok: 'OK',
  warning: 'Warning',
  critical: 'Critical',
  none: 'No data',
};

export function stateOf(value: number, thresholds: Thresholds): HealthState {
  if (Number.isNaN(value)) return 'none';
  if (value >= thresholds.critical) return 'critical';
  return value >= thresholds.warning ? 'warning' : 'ok';
}

/**
 * The state that has held: that of the best value of a while, so that a single second cannot change it.
 * @param length how many values the while has; with less than nine tenths of them nothing has held yet.
 */
export function heldState(values: ArrayLike<number>, length: number, thresholds: Thresholds): HealthState {
  let best = Infinity;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    best = Math.min(best, values[i]);
    count++;
  }
  if (count === 0) return 'none';
  return count < 0.9 * length ? 'ok' : stateOf(best, thresholds);
}
