import { flushSync } from 'svelte';
import { afterEach, expect, test, vi } from 'vitest';
import { QueryRun, type RunRequest } from './query-run.svelte';

const window = { fromMs: 60_000, toMs: 120_000 };
const asked: RunRequest = { expr: 'x', range: window, stepMs: 30_000, limit: 100 };
let stop: () => void = () => {};

afterEach(() => {
  stop();
  vi.unstubAllGlobals();
});

/** A server that answers the two routes; a function may throw. */
function server(answers: { query: () => object; range?: () => object }) {
  const fetched = vi.fn(async (url: string) => {
    const body = url.includes('query_range') ? answers.range!() : answers.query();
    return new Response(JSON.stringify(body), { status: 'errorType' in body ? 422 : 200 });
  });
  vi.stubGlobal('fetch', fetched);
  return fetched;
}

const success = (data: object, more = {}) => ({ status: 'success', data, ...more });
const failure = (errorType: string, error: string) => ({ status: 'error', errorType, error });
const vector = { resultType: 'vector', result: [{ metric: { a: '1' }, value: [120, '2'] }] };
const matrix = {
  resultType: 'matrix',
  result: [
    {
      metric: { a: '1' },
      values: [
        [90, '1'],
        [120, '2'],
      ],
    },
  ],
};

function start(request: () => RunRequest | null): QueryRun {
  let made: QueryRun;
  stop = $effect.root(() => {
    made = new QueryRun(request, () => false);
  });
  flushSync();
  return made!;
}

test('an expression is asked for over the range and at its end', async () => {
  const fetched = server({ query: () => success(vector), range: () => success(matrix, { warnings: ['mind'] }) });
  const run = start(() => asked);
  expect(run.loading).toBe(true);
  await vi.waitFor(() => expect(run.outcome).not.toBeNull());
  expect([...run.columns!.values(0)]).toEqual([NaN, 1, 2]);
  expect(run.outcome).toMatchObject({ startMs: 60_000, endMs: 120_000, total: 1, truncated: false });
  expect(run.outcome!.range!.warnings).toEqual(['mind']);
  expect([run.loading, run.streaming, run.error]).toEqual([false, false, null]);
  const [at, over] = fetched.mock.calls.map(([url]) => new URL(url, 'http://x').searchParams);
  expect([at.get('query'), at.get('time'), at.get('stats')]).toEqual(['x', '120', 'all']);
  expect([over.get('start'), over.get('end'), over.get('step'), over.get('limit')]).toEqual([
    '60',
    '120',
    '30s',
    '100',
  ]);
});

test('what is younger than a step is drawn as it is at the end', async () => {
  const young = { resultType: 'vector', result: [{ metric: { a: '1' }, value: [100, '5'] }] };
  const fetched = server({ query: () => success(young), range: () => success({ resultType: 'matrix', result: [] }) });
  const run = start(() => ({ ...asked, range: { fromMs: 60_000, toMs: 100_000 }, stepMs: 300_000 }));
  await vi.waitFor(() => expect(run.outcome).not.toBeNull());
  expect([...run.columns!.times].at(-1)).toBe(100_000);
  expect(run.columns!.last(0)).toBe(5);
  expect(run.outcome!.endMs).toBe(100_000);
  expect(new URL(fetched.mock.calls[0][0], 'http://x').searchParams.get('time')).toBe('100');
});

test('more series than are drawn are counted, and said only once', async () => {
  const stats = { timings: {}, samples: { returnedSamples: 4210 } };
  const warnings = ['results truncated due to limit'];
  server({ query: () => success({ ...vector, stats }, { warnings }), range: () => success(matrix, { warnings }) });
  const run = start(() => asked);
  await vi.waitFor(() => expect(run.outcome).not.toBeNull());
  expect(run.outcome).toMatchObject({ total: 4210, truncated: true });
  expect([run.outcome!.instant.warnings, run.outcome!.range!.warnings]).toEqual([[], []]);
});

test('samples over a window are no chart but a table', async () => {
  server({ query: () => success(matrix), range: () => failure('bad_data', 'invalid expression type') });
  const run = start(() => asked);
  await vi.waitFor(() => expect(run.outcome).not.toBeNull());
  expect([run.columns, run.error, run.outcome!.rangeError]).toEqual([null, null, null]);
});

test('a chart that fails leaves the table, and what fails altogether is an error until it is tried again', async () => {
  server({ query: () => success(vector), range: () => failure('execution', 'too many samples') });
  const run = start(() => asked);
  await vi.waitFor(() => expect(run.outcome).not.toBeNull());
  expect(run.outcome!.rangeError!.message).toBe('too many samples');
  server({ query: () => failure('timeout', 'too long'), range: () => success(matrix) });
  run.retry();
  flushSync();
  await vi.waitFor(() => expect(run.error).not.toBeNull());
  expect(run.error!.errorType).toBe('timeout');
  server({ query: () => success(vector), range: () => success(matrix) });
  run.retry();
  flushSync();
  await vi.waitFor(() => expect(run.error).toBeNull());
});

test('an answer that comes too late for its question is not shown', async () => {
  let request = $state.raw<RunRequest | null>(asked);
  server({ query: () => success(vector), range: () => success(matrix) });
  const run = start(() => request);
  request = null;
  flushSync();
  await new Promise((resolve) => setTimeout(resolve));
  expect(run.outcome).toBeNull();
});
