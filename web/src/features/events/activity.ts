import { get } from '../../lib/api/api';
import type { Paths } from '../../lib/api/schema';
import { figureOf, figures, valuesAt, type Value } from '../../lib/api/values';
import { print } from '../../lib/format/units';
import { printDuration } from '../../lib/time/duration';
import { isFixed, spanOf, type TimeRange } from '../../lib/time/range';
import { boundsOf } from '../../lib/time/bounds';
import type { Share } from './models';

export type Usage = Paths['/api/v1/activity/usage']['get']['answer'];
export type UsageRow = Usage['rows'][number];

/** What people did in a stretch of time. */
export interface ActivityFigures {
  /** Different users within the last minute or so, and the most within a minute. */
  usersNow: number;
  usersMost: number;
  sessions: number;
  sessionsBefore: number;
  /** Seconds. */
  medianLength: number;
  p95Length: number;
  /** How many sessions lasted how long, as shares. */
  lengths: Share[];
}

/** Asks for the figures of a range. What is not measured is NaN; no session at all is 0. */
export async function askActivity(range: TimeRange, signal: AbortSignal): Promise<ActivityFigures> {
  const span = spanOf(range);
  const window = printDuration(span);
  const endMs = isFixed(range) ? range.toMs : null;
  const sessions = figures({ sessions: `sum(sum_over_time(activity_sessions[${window}]))` });
  const users = 'activity_users{window="1m"}';
  const buckets = `sum by (le) (sum_over_time(activity_session_duration_seconds_bucket[${window}]))`;
  const [now, before, lengths] = await Promise.all([
    valuesAt(
      `${sessions} or ${figures({
        usersNow: `max(max_over_time(${users}[1m]))`,
        usersMost: `max(max_over_time(${users}[${window}]))`,
        median: `histogram_quantile(0.5, ${buckets})`,
        p95: `histogram_quantile(0.95, ${buckets})`,
      })}`,
      endMs,
      signal,
    ),
    valuesAt(sessions, (endMs ?? Date.now()) - span, signal),
    valuesAt(buckets, endMs, signal),
  ]);
  return {
    usersNow: figureOf(now, 'usersNow'),
    usersMost: figureOf(now, 'usersMost'),
    sessions: figureOf(now, 'sessions') || 0,
    sessionsBefore: figureOf(before, 'sessions'),
    medianLength: figureOf(now, 'median'),
    p95Length: figureOf(now, 'p95'),
    lengths: lengthShares(lengths),
  };
}

/** How long sessions last, in stretches that people know. Seconds. */
const lengthBounds = [0.5, 1, 2, 5, 10, 30, 60, 300, 900, 1800, 3600];

/**
 * Shares of cumulative buckets, joined into few: each goes into the stretch that its upper bound lies in. Stretches that
 * nobody is in are left out at both ends.
 */
export function lengthShares(buckets: readonly Value[]): Share[] {
  const sorted = buckets
    .map(({ labels, value }) => ({ bound: labels.le === '+Inf' ? Infinity : Number(labels.le), value }))
    .sort((a, b) => a.bound - b.bound);
  const total = sorted.at(-1)?.value ?? 0;
  if (!(total > 0)) return [];
  const counts = new Array<number>(lengthBounds.length + 1).fill(0);
  let below = 0;
  for (const { bound, value } of sorted) {
    // The buckets' own bounds are powers of 2^¼: the one that reaches a little beyond a stretch belongs to it for its most part.
    const at = lengthBounds.findIndex((limit) => bound <= limit * 2 ** (1 / 8));
    counts[at < 0 ? lengthBounds.length : at] += Math.max(0, value - below);
    below = Math.max(below, value);
  }
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  return counts.map((count, i) => ({ name: lengthName(i), now: count / total })).slice(first, last + 1);
}

function lengthName(i: number): string {
  const name = (seconds: number) => print(seconds, 'seconds');
  if (i === 0) return `under ${name(lengthBounds[0])}`;
  if (i === lengthBounds.length) return `over ${name(lengthBounds[i - 1])}`;
  return `${name(lengthBounds[i - 1])} to ${name(lengthBounds[i])}`;
}

/** One row of who calls the API: rows with calls, most first, with their share of all calls. */
export interface ApiUseRow {
  key: string;
  calls: number;
  share: number;
  errors: number;
  errorRate: number;
  users: number;
}

export function apiUse({ rows, total }: Usage): ApiUseRow[] {
  return rows
    .filter((row) => row.api_calls > 0)
    .map((row) => ({
      key: row.key,
      calls: row.api_calls,
      share: row.api_calls / total.api_calls,
      errors: row.api_errors,
      errorRate: row.api_errors / row.api_calls,
      users: row.users,
    }));
}

/** A feature with how its use went over the range. */
export interface FeatureRow {
  feature: string;
  uses: number;
  users: number;
  /** Of all users who used any feature. */
  reach: number;
  usesPerUser: number;
  trend: readonly number[];
  /** Uses in the newer half of the range, as a share of all. */
  newer: number;
}

export function featureRows({ rows, total }: Usage, trends: ReadonlyMap<string, readonly number[]>): FeatureRow[] {
  return rows.map((row) => ({
    feature: row.key,
    uses: row.events,
    users: row.users,
    reach: total.users > 0 ? row.users / total.users : NaN,
    usesPerUser: row.users > 0 ? row.events / row.users : NaN,
    trend: trends.get(row.key) ?? [],
    newer: newerShare(trends.get(row.key) ?? []),
  }));
}

function newerShare(trend: readonly number[]): number {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return sum(trend.slice(trend.length / 2)) / sum(trend);
}

const trendPoints = 30;

/** How often each feature was used in each thirtieth of a range. A stretch without a use is 0. */
export async function askTrends(range: TimeRange, signal: AbortSignal): Promise<Map<string, number[]>> {
  const { start, end } = boundsOf(range);
  const stepMs = Math.max(1000, Math.round(spanOf(range) / trendPoints / 1000) * 1000);
  const first = new Date(Date.parse(start) + stepMs).toISOString();
  const query = `sum by (feature) (sum_over_time(activity_feature_uses[${printDuration(stepMs)}]))`;
  const { data } = await get('/api/v1/query_range', {
    query: { query, start: first, end, step: printDuration(stepMs) },
    signal,
  });
  const firstSeconds = Date.parse(first) / 1000;
  return new Map(
    data.result.map(({ metric, values = [] }) => {
      const trend = new Array<number>(trendPoints).fill(0);
      for (const [seconds, value] of values) {
        const at = Math.round(((seconds - firstSeconds) * 1000) / stepMs);
        if (at < trendPoints) trend[at] = Number(value);
      }
      return [metric.feature ?? '', trend];
    }),
  );
}
