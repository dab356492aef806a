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
