import type { TargetsAnswer } from '../../lib/api/schema';
import type { HealthState } from '../../lib/ui/health';

type Target = TargetsAnswer['data']['activeTargets'][number];

export interface TargetRow {
  url: string;
  health: string;
  state: HealthState;
  /** Higher is worse: what is down comes first. */
  severity: number;
  labels: string;
  lastScrapeMs: number;
  durationSeconds: number;
  error: string;
}

export interface TargetPool {
  name: string;
  interval: string;
  count: number;
  up: number;
  rows: TargetRow[];
}

const states: Record<string, { state: HealthState; severity: number }> = {
  up: { state: 'ok', severity: 0 },
  unknown: { state: 'none', severity: 1 },
  down: { state: 'critical', severity: 2 },
};

/** The targets by the job of the configuration that found them; pools without a row are left out. */
export function poolsOf(targets: readonly Target[], onlyDown: boolean): TargetPool[] {
  const names = [...new Set(targets.map((target) => target.scrapePool))].sort();
  return names
    .map((name) => {
      const members = targets.filter((target) => target.scrapePool === name);
      return {
        name,
        interval: members[0].scrapeInterval,
        count: members.length,
        up: members.filter((target) => target.health === 'up').length,
        rows: members.filter((target) => !onlyDown || target.health === 'down').map(rowOf),
      };
    })
    .filter((pool) => pool.rows.length > 0);
}

function rowOf(target: Target): TargetRow {
  const { state, severity } = states[target.health] ?? states.unknown;
  const lastScrapeMs = target.lastScrape ? Date.parse(target.lastScrape) : NaN;
  return {
    url: target.scrapeUrl,
    health: target.health,
    state,
    severity,
    labels: Object.entries(target.labels)
      .map(([name, value]) => `${name}="${value}"`)
      .join(' '),
    // Before the first scrape it is the year 1, as Prometheus writes it.
    lastScrapeMs: lastScrapeMs > 0 ? lastScrapeMs : NaN,
    durationSeconds: target.lastScrapeDuration,
    error: target.lastError,
  };
}
