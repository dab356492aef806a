import { describe, expect, test } from 'vitest';
import { stageRows } from './stage-rows';

const now = Date.parse('2026-01-01T12:00:00Z');
const minutesAgo = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
const stage = (name: string, status: 'ok' | 'failing' | 'running', lastSuccess: string | null) => ({
  stage: name,
  status,
  last_success: lastSuccess,
  last_report: minutesAgo(0),
  lag_seconds: 2,
  backlog: null,
  error: status === 'failing' ? 'no disk' : null,
});
const of = (name: string, value: number) => ({ labels: { pipeline: 'p', stage: name }, value });
const none = { recordsIn: [], recordsOut: [], interval: [] };

describe('a stage', () => {
  test('is late after three times the usual distance of its successes', () => {
    const pipelines = [
      { pipeline: 'p', stages: [stage('a', 'ok', minutesAgo(29)), stage('b', 'running', minutesAgo(31))] },
    ];
    const interval = [of('a', 600), of('b', 600)];
    expect(stageRows(pipelines, { ...none, interval }, now).map((row) => row.state)).toEqual(['ok', 'late']);
  });

  test('is not late within a minute, nor while nobody knows what is usual', () => {
    const pipelines = [
      { pipeline: 'p', stages: [stage('a', 'ok', minutesAgo(0.5)), stage('b', 'ok', minutesAgo(600))] },
    ];
    expect(stageRows(pipelines, { ...none, interval: [of('a', 1)] }, now).map((row) => row.state)).toEqual([
      'ok',
      'ok',
    ]);
  });

  test('that fails is worst, whenever it last succeeded', () => {
    const pipelines = [{ pipeline: 'p', stages: [stage('a', 'failing', null)] }];
    const [row] = stageRows(pipelines, { ...none, recordsIn: [of('a', 7), of('other', 1)] }, now);
    expect(row).toMatchObject({
      state: 'failing',
      severity: 2,
      error: 'no disk',
      recordsIn: 7,
      lastSuccessMs: NaN,
      lag: 2,
    });
    expect(row.recordsOut).toBeNaN();
  });
});
