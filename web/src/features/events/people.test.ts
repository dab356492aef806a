import { describe, expect, test } from 'vitest';
import { boundsOf } from '../../lib/time/bounds';
import { apiUse, featureRows, lengthShares, type Usage } from './activity';
import { modelPanels } from './event-panels';
import { defaultSteps, earlier, funnelRows, readFunnel, readStep, stepGroups, writeFunnel } from './funnel';
import {
  awaitedOf,
  chooseModel,
  chooseVersion,
  driftShares,
  driftState,
  matrixOf,
  modelRows,
  restName,
  type ModelVersion,
} from './models';
import { samplingFor } from '../../lib/live/sampling';

const version = (change: Partial<ModelVersion> = {}): ModelVersion => ({
  version: '1',
  predictions: 10,
  judged: 8,
  correct: 6,
  accuracy: 0.75,
  mean_absolute_error: null,
  root_mean_squared_error: null,
  mean_duration_seconds: null,
  last_seen: '2026-01-01T12:00:00Z',
  precision: 0.7,
  recall: 0.8,
  classes: [],
  confusion: [],
  drift: null,
  ...change,
});

const row = (key: string, change: Partial<Usage['rows'][number]> = {}): Usage['rows'][number] => ({
  key,
  events: 4,
  api_calls: 0,
  api_errors: 0,
  users: 2,
  sessions: 2,
  last_seen: '2026-01-01T12:00:00Z',
  ...change,
});

const usage = (rows: Usage['rows'], total: Partial<Usage['total']> = {}): Usage => ({
  by: 'user',
  rows,
  total: { keys: rows.length, ...row(''), ...total },
  truncated: false,
});

describe('the bounds of a range', () => {
  test('end now when it is live, and where it says when it is fixed', () => {
    const bounds = { start: '2026-01-01T11:55:00.000Z', end: '2026-01-01T12:00:00.000Z' };
    const toMs = Date.parse(bounds.end);
    expect(boundsOf({ rangeMs: 300_000 }, toMs)).toEqual(bounds);
    expect(boundsOf({ fromMs: toMs - 300_000, toMs }, 0)).toEqual(bounds);
  });
});

describe('a model', () => {
  test('awaits the outcomes that are missing, and never less than none', () => {
    expect(awaitedOf({ predictions: 10, judged: 8 })).toBe(2);
    expect(awaitedOf({ predictions: 3, judged: 4 })).toBe(0);
  });

  test('that says numbers has no accuracy, and is not chosen before one that has', () => {
    const number = { ...version({ accuracy: null, mean_absolute_error: 3.5 }), psi: null };
    const rows = modelRows({
      models: [
        { model: 'eta', versions: [number] },
        { model: 'fraud', versions: [{ ...version(), psi: 0.2 }] },
      ],
    });
    expect(rows.map(({ accuracy, error, psi, awaited }) => [accuracy, error, psi, awaited])).toEqual([
      [NaN, 3.5, NaN, 2],
      [0.75, NaN, 0.2, 2],
    ]);
    expect(chooseModel(rows, null)).toBe('fraud');
    expect(chooseModel(rows, 'gone')).toBe('gone');
    expect(chooseModel([], null)).toBeNull();
  });

  test('is shown in the version that is asked for, else the newest that was judged, else the newest', () => {
    const versions = [version({ last_seen: '2026-01-02T00:00:00Z' }), version({ version: '2' })];
    const fresh = version({ version: '3', judged: 0, last_seen: '2026-01-03T00:00:00Z' });
    expect(chooseVersion([...versions, fresh], null)?.version).toBe('1');
    expect(chooseVersion([fresh], null)?.version).toBe('3');
    expect(chooseVersion(versions, '2')?.version).toBe('2');
    expect(chooseVersion(versions, 'gone')?.version).toBe('1');
    expect(chooseVersion([], '2')).toBeNull();
  });

  test('draws another model with other panels, quoted for PromQL', () => {
    const [accuracy] = modelPanels('say "hi"');
    expect(accuracy.id).toBe('model-accuracy-say-hi');
    expect(accuracy.expr(samplingFor(1000, { collectMs: 1000 }))).toContain('{model="say \\"hi\\""}');
  });
});

describe('a confusion matrix', () => {
  const judged = version({
    classes: ['no', 'yes', 'maybe'].map((name, i) => ({
      class: name,
      precision: null,
      recall: null,
      f1: null,
      predicted: 1,
      actual: [5, 3, 1][i],
    })),
    confusion: [
      { predicted: 'no', actual: 'no', count: 4 },
      { predicted: 'yes', actual: 'no', count: 1 },
      { predicted: 'yes', actual: 'yes', count: 3 },
      { predicted: 'no', actual: 'maybe', count: 1 },
    ],
  });

  test('has what it was in rows, what was said in columns, the most frequent first', () => {
    const matrix = matrixOf(judged);
    expect(matrix.classes).toEqual(['no', 'yes', 'maybe']);
    expect(matrix.cells).toEqual([
      [4, 1, 0],
      [0, 3, 0],
      [1, 0, 0],
    ]);
    expect([matrix.actual, matrix.predicted, matrix.total]).toEqual([[5, 3, 1], [5, 4, 0], 9]);
  });

  test('puts the rarest classes together and loses none of them', () => {
    const matrix = matrixOf(judged, 2);
    expect(matrix).toMatchObject({ classes: ['no', restName], folded: 2, total: 9 });
    expect(matrix.cells).toEqual([
      [4, 1],
      [1, 3],
    ]);
  });
});

describe('drift', () => {
  test('has a word for what it means', () => {
    expect([0.05, 0.1, 0.25, NaN].map((psi) => driftState(psi).word)).toEqual([
      'stable',
      'moving',
      'changed',
      'not known',
    ]);
  });

  const drift = (bins: { bin: string; reference: number; current: number }[]) => ({
    psi: 0.1,
    reference_start: '',
    reference_end: '',
    bins,
  });

  test('is told in shares', () => {
    const shares = driftShares(
      drift([
        { bin: 'no', reference: 1, current: 3 },
        { bin: 'yes', reference: 1, current: 1 },
      ]),
    );
    expect(shares).toEqual([
      { name: 'no', now: 0.75, before: 0.5 },
      { name: 'yes', now: 0.25, before: 0.5 },
    ]);
  });

  test('of scores has all twenty bins, also those without any', () => {
    const shares = driftShares(drift([{ bin: '0.15', reference: 2, current: 4 }]));
    expect(shares).toHaveLength(20);
    expect(shares[2]).toEqual({ name: '0.1 to 0.15', now: 1, before: 1 });
    expect(shares[19]).toEqual({ name: '0.95 to 1', now: 0, before: 0 });
  });
});

describe('a funnel', () => {
  test('survives a journey through the URL and leaves the range alone', () => {
    const params = writeFunnel(new URLSearchParams('range=3h'), { steps: ['business:a', 'feature:b'], within: '1h' });
    expect(params.toString()).toBe('range=3h&step=business%3Aa&step=feature%3Ab&within=1h');
    expect(readFunnel(params)).toEqual({ steps: ['business:a', 'feature:b'], within: '1h' });
    expect(writeFunnel(params, { steps: [], within: '1d' }).toString()).toBe('range=3h');
    expect(readFunnel(new URLSearchParams('within=banana&step='))).toEqual({ steps: [], within: '1d' });
  });

  test('is by default that of the journey that most are on, else what shops know', () => {
    const journeys = [
      { journey: 'help', subjects: 3, steps: ['ask'] },
      { journey: 'buy', subjects: 9, steps: ['view', 'pay'] },
    ];
    expect(defaultSteps(journeys, [])).toEqual(['activity:buy/view', 'activity:buy/pay']);
    expect(defaultSteps([], ['order', 'cart_created', 'other'])).toEqual(['business:cart_created', 'business:order']);
    expect(defaultSteps([], ['order'])).toEqual([]);
  });

  test('names its steps for people', () => {
    expect(readStep('activity:buy/pay/now')).toEqual({ name: 'pay/now', kind: 'buy' });
    expect(readStep('api:GET /a:b')).toEqual({ name: 'GET /a:b', kind: 'api' });
    expect(readStep('our.survey')).toEqual({ name: 'our.survey', kind: 'event' });
  });

  test('offers what there is, by what it is', () => {
    const groups = stepGroups({
      journeys: [{ journey: 'buy', subjects: 1, steps: ['view'] }],
      business: ['order'],
      features: [],
      pages: ['/'],
      apis: [],
      types: ['our.survey'],
    });
    expect(groups.map(({ title, steps }) => `${title}: ${steps}`)).toEqual([
      'Journey buy: activity:buy/view',
      'Business: business:order',
      'Pages: page:/',
      'Other events: our.survey',
    ]);
  });

  test('marks the one step that loses most', () => {
    const step = (name: string, entered: number) => ({
      step: `feature:${name}`,
      entered,
      conversion: entered / 8,
      drop_off: 0,
      median_seconds_from_previous: null,
    });
    const rows = funnelRows({
      steps: [step('a', 8), step('b', 6), step('c', 2), step('d', 2)],
      subjects: 8,
      truncated: false,
    });
    expect(rows.map(({ lost, worst }) => [lost, worst])).toEqual([
      [0, false],
      [2, false],
      [4, true],
      [0, false],
    ]);
    expect(funnelRows({ steps: [step('a', 0), step('b', 0)], subjects: 0, truncated: false })[1].worst).toBe(false);
    const even = [step('a', 1000), step('b', 670), step('c', 345)];
    expect(funnelRows({ steps: even, subjects: 1000, truncated: false }).some(({ worst }) => worst)).toBe(false);
  });

  test('moves a step to the front', () => {
    expect(earlier(['a', 'b', 'c'], 2)).toEqual(['a', 'c', 'b']);
  });
});

describe('activity', () => {
  test('counts API calls by who made them, with their share of all', () => {
    const rows = apiUse(
      usage([row('ada', { api_calls: 6, api_errors: 3 }), row('bob'), row('cyd', { api_calls: 2 })], { api_calls: 8 }),
    );
    expect(rows.map(({ key, share, errorRate }) => [key, share, errorRate])).toEqual([
      ['ada', 0.75, 0.5],
      ['cyd', 0.25, 0],
    ]);
  });

  test('says of how many users each feature is used, and how that goes', () => {
    const rows = featureRows(usage([row('search', { events: 6 })], { users: 8 }), new Map([['search', [0, 1, 1, 2]]]));
    expect(rows[0]).toMatchObject({ feature: 'search', uses: 6, users: 2, reach: 0.25, usesPerUser: 3, newer: 0.75 });
  });

  test('joins the buckets of session lengths and leaves out what nobody is in', () => {
    const buckets = (counts: Record<string, number>) =>
      Object.entries(counts).map(([le, value]) => ({ labels: { le }, value }));
    expect(lengthShares(buckets({ '1': 1, '1.68179': 2, '2': 3, '+Inf': 4, '64': 4 }))).toEqual([
      { name: '500 ms to 1 s', now: 0.25 },
      { name: '1 s to 2 s', now: 0.5 },
      { name: '2 s to 5 s', now: 0 },
      { name: '5 s to 10 s', now: 0 },
      { name: '10 s to 30 s', now: 0 },
      { name: '30 s to 1 min', now: 0.25 },
    ]);
    expect(lengthShares(buckets({ '+Inf': 0 }))).toEqual([]);
  });
});
