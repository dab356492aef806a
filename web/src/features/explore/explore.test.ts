import { beforeEach, describe, expect, test } from 'vitest';
import { chartSeries } from '../../lib/charts/series';
import { Columns } from '../../lib/live/columns';
import { mistakeIn } from '../../lib/promql/mistake';
import {
  browsedMetrics,
  defaultChoice,
  expressionOf,
  seriesSelector,
  type BrowsedMetric,
  findMetrics,
} from './builder';
import { facetsOf } from './facets';
import { QueryHistory } from './history.svelte';
import { legendRows, matches, nameSeries, nextSort, printLabels, sortRows } from './legend-stats';
import { columnsOf } from './query-run.svelte';
import { findRows, resultRows, sortResult } from './result-rows';
import { effectiveStep, gridOf, stepChoices, timeParams } from './step';
import { unitOf } from './unit-of';
import { emptyQuery, readState, writeState } from './url-state';

beforeEach(() => localStorage.clear());

describe('the address', () => {
  test('holds the whole state, and defaults take no room', () => {
    const state = {
      queries: [
        { ...emptyQuery('a'), expr: 'sum by (job) (rate(x{a="&=+#"}[5m]))\n+ 1', view: 'table' as const, find: 'a b' },
        { ...emptyQuery('c'), expr: 'y', on: false, drawing: 'stacked' as const, limit: 500, sort: '-avg' },
      ],
      stepMs: 90_000,
      panel: 'metrics' as const,
    };
    const written = writeState(new URLSearchParams('range=1h&from=1&b=old&b.view=stats'), state);
    expect(readState(new URLSearchParams(written.toString()))).toEqual(state);
    expect([written.get('range'), written.get('from'), written.has('b')]).toEqual(['1h', '1', false]);
    const plain = writeState(new URLSearchParams(), { queries: [emptyQuery('a')], stepMs: null, panel: null });
    expect(plain.toString()).toBe('');
  });

  test('never breaks the page', () => {
    const odd = new URLSearchParams('a=x&a.view=map&a.draw=pie&a.limit=9&a.sort=%F0&step=1y&panel=door&z=1');
    expect(readState(odd)).toEqual({
      queries: [{ ...emptyQuery('a'), expr: 'x', sort: '\ufffd' }],
      stepMs: null,
      panel: null,
    });
    expect(readState(new URLSearchParams()).queries).toEqual([emptyQuery('a')]);
  });
});

describe('the history', () => {
  test('has each expression once, the newest first, and is remembered', () => {
    const history = new QueryHistory();
    history.record('up', 1);
    history.record(' rate(x[5m]) ', 2);
    history.record('up', 3);
    history.record('  ', 4);
    expect(new QueryHistory().entries).toEqual([
      { expr: 'up', atMs: 3, starred: false },
      { expr: 'rate(x[5m])', atMs: 2, starred: false },
    ]);
  });

  test('is bounded, and stars outlive the others', () => {
    const history = new QueryHistory();
    history.record('starred', 0);
    history.toggleStar('starred');
    for (let i = 1; i <= 150; i++) history.record(`x${i}`, i);
    expect(history.entries.length).toBe(100);
    expect(history.find('')[0].expr).toBe('starred');
    expect(history.find('')[1].expr).toBe('x150');
    history.clear();
    expect(history.entries.map((entry) => entry.expr)).toEqual(['starred']);
    history.remove('starred');
    expect(history.entries).toEqual([]);
  });

  test('keeps the last of expressions that grew by clicking', () => {
    const history = new QueryHistory();
    history.record('x', 1);
    history.record('sum (x)', 2, 'x');
    history.record('sum by (job) (x)', 3, 'sum (x)');
    expect(history.entries.map((entry) => entry.expr)).toEqual(['sum by (job) (x)']);
  });

  test('is searched by words, and what it cannot read is nothing', () => {
    const history = new QueryHistory();
    history.record('rate(node_cpu[5m])', 1);
    history.record('node_memory', 2);
    expect(history.find('NODE cpu').map((entry) => entry.expr)).toEqual(['rate(node_cpu[5m])']);
    for (const stored of ['{', '{}', '[1, {"expr": 2}]']) {
      localStorage.setItem('barograph.explore.history', stored);
      expect(new QueryHistory().entries).toEqual([]);
    }
  });
});

describe('the legend', () => {
  const columns = new Columns(1000, 4);
  columns.setSeries([{ job: 'a' }, { job: 'b' }, { job: 'c' }]);
  columns.mergeHistory(0, 4, Float64Array.from([1, NaN, 3, 2, 5, 5, 5, NaN, NaN, NaN, NaN, NaN]));
  const rows = legendRows(
    columns,
    chartSeries(columns.labels, { title: 'x' }, () => 0),
  );

  test('says last, lowest, highest and mean of the samples that are there', () => {
    expect(rows.map(({ last, min, max, avg }) => [last, min, max, avg])).toEqual([
      [2, 1, 3, 2],
      [5, 5, 5, 5],
      [NaN, NaN, NaN, NaN],
    ]);
  });

  test('sorts, with series without samples last in both directions', () => {
    const names = (sort: string) => sortRows(rows, sort).map((row) => row.name);
    expect(names('name')).toEqual(['a', 'b', 'c']);
    expect(names('-name')).toEqual(['c', 'b', 'a']);
    expect(names('avg')).toEqual(['a', 'b', 'c']);
    expect(names('-max')).toEqual(['b', 'a', 'c']);
    expect(names('nonsense')).toEqual(['a', 'b', 'c']);
  });

  test('turns around on the second click, and numbers begin with the largest', () => {
    expect(nextSort('name', 'name')).toBe('-name');
    expect(nextSort('name', 'max')).toBe('-max');
    expect(nextSort('-max', 'max')).toBe('max');
    expect(nextSort('max', 'max')).toBe('-max');
    expect(nextSort('-max', 'name')).toBe('name');
  });

  test('is filtered by words', () => {
    expect(matches('{job="api", mode="idle"}', 'IDLE api')).toBe(true);
    expect(matches('{job="api"}', 'idle')).toBe(false);
  });

  test('names series by what differs', () => {
    expect(
      nameSeries([
        { __name__: 'x', job: 'a', i: '1' },
        { __name__: 'x', job: 'a', i: '2' },
      ]),
    ).toEqual({
      common: { __name__: 'x', job: 'a' },
      differing: ['i'],
      by: 'i',
      names: ['1', '2'],
    });
    expect(nameSeries([{ a: '1', b: '1' }, { a: '2' }]).names).toEqual(['{a="1", b="1"}', '{a="2"}']);
    expect(nameSeries([{ a: '1' }, {}])).toMatchObject({ common: {}, by: 'a', names: ['1', 'no a'] });
    expect(nameSeries([{ __name__: 'up', job: 'a' }]).names).toEqual(['up{job="a"}']);
    expect([printLabels({}), printLabels({ __name__: 'up' }), printLabels({ a: '"\\' })]).toEqual([
      '{}',
      'up',
      '{a="\\"\\\\"}',
    ]);
  });
});

describe('the table', () => {
  const { names, common, rows } = resultRows({
    resultType: 'vector',
    result: [
      { metric: { __name__: 'x', b: '2', job: 'j' }, value: [1, '10'] },
      { metric: { __name__: 'x', a: '1', b: '10', job: 'j' }, value: [1, 'NaN'] },
      { metric: { __name__: 'y', b: '3', job: 'j' }, value: [1, '+Inf'] },
    ],
  });

  test('has a column for each label that differs, the metric first', () => {
    expect(names).toEqual(['__name__', 'a', 'b']);
    expect(common).toEqual({ job: 'j' });
    expect(rows.map((row) => row.value)).toEqual([10, NaN, Infinity]);
  });

  test('sorts labels as people do, and values with NaN last', () => {
    const texts = (column: string | null, descending: boolean) =>
      sortResult(rows, column, descending).map((row) => row.text);
    expect(texts('b', false)).toEqual(['10', '+Inf', 'NaN']);
    expect(texts('', true)).toEqual(['+Inf', '10', 'NaN']);
    expect(texts(null, false)).toEqual(['10', 'NaN', '+Inf']);
    expect(findRows(rows, 'x b=10').length).toBe(1);
  });

  test('shows scalars, strings and ranges too', () => {
    expect(resultRows({ resultType: 'scalar', result: [1, '2.5'] }).rows[0].value).toBe(2.5);
    expect(resultRows({ resultType: 'string', result: [1, 'text'] }).rows[0].text).toBe('text');
    const range = resultRows({
      resultType: 'matrix',
      result: [
        {
          metric: { a: 'b' },
          values: [
            [1, '1'],
            [2, '3'],
          ],
        },
      ],
    });
    expect(range.rows[0]).toMatchObject({
      text: '3',
      samples: [
        [1, '1'],
        [2, '3'],
      ],
    });
  });
});

describe('an answer', () => {
  test('over a range is put on its grid, with holes where nothing is', () => {
    const columns = columnsOf(
      {
        resultType: 'matrix',
        result: [
          {
            metric: { a: '1' },
            values: [
              [10, '1'],
              [30, '-Inf'],
            ],
          },
          { metric: {}, histograms: [] },
        ],
      },
      10_000,
      30_000,
      10_000,
    );
    expect([...columns.times]).toEqual([10_000, 20_000, 30_000]);
    expect([...columns.values(0)]).toEqual([1, NaN, -Infinity]);
    expect(columns.seriesCount).toBe(1);
  });

  test('names the place of a mistake, and what was probably meant', () => {
    expect(mistakeIn('rat(x)', 'invalid parameter "query": 1:1: parse error: unknown (did you mean "rad"?)')).toEqual({
      from: 0,
      message: 'unknown',
      suggestion: 'rad',
    });
    expect(mistakeIn('a +\n b c', '2:4: parse error: unexpected')).toMatchObject({ from: 7, suggestion: null });
    expect(mistakeIn('x', '1:9: parse error: end')!.from).toBe(1);
    expect(mistakeIn('x', 'query timed out')).toBeNull();
  });
});

test('a step has at most as many points as the server gives, and falls on whole multiples', () => {
  expect(effectiveStep(300_000, null)).toBe(1000);
  expect(effectiveStep(300_000, 5000)).toBe(5000);
  expect(effectiveStep(86_400_000 * 30, 1000)).toBe(effectiveStep(86_400_000 * 30, null));
  expect(stepChoices(3_600_000)).toEqual([1, 5, 10, 15, 30, 60, 300, 900].map((s) => s * 1000));
  expect(gridOf(1_500, 9_900, 2_000)).toEqual({ startMs: 2_000, endMs: 8_000 });
  expect(timeParams(1_000, 2_500, 90_000)).toEqual({ start: '1', end: '2.5', step: '1m30s' });
});

test.each([
  ['rate(x_bytes_total[5m])', 'bytesPerSecond'],
  ['sum by (a) (increase(x_bytes_total[5m]))', 'bytes'],
  ['rate(x_seconds_total{a="/"}[5m])', 'ratio'],
  ['rate(x_total[5m])', 'perSecond'],
  ['histogram_quantile(0.9, sum by (le) (rate(x_seconds_bucket[5m])))', 'seconds'],
  ['sum(rate(x_seconds_sum[5m])) / sum(rate(x_seconds_count[5m]))', 'seconds'],
  ['x_seconds_bucket', 'count'],
  ['x_seconds_gcount', 'count'],
  ['rate(x_seconds_count[5m])', 'perSecond'],
  ['x_seconds_gsum', 'seconds'],
  ['a_bytes / b_bytes', 'ratio'],
  ['a_bytes / b_bytes * 100', 'count'],
  ['count(x_bytes)', 'count'],
  ['declared_as_bytes_by_metadata', 'bytes'],
  ['x_utilization_ratio', 'ratio'],
  ['1 + 1', 'count'],
])('the unit of %s is %s', (expr, unit) => {
  expect(unitOf(expr, (metric) => (metric.startsWith('declared') ? 'bytes' : ''))).toBe(unit);
});

test('metrics are found by their names first', () => {
  const metrics = [
    { name: 'a_seconds', help: 'Waits for a disk.' },
    { name: 'disk_total', help: '' },
    { name: 'system_disk_io_bytes_total', help: '' },
  ];
  expect(findMetrics(metrics, 'Disk').map((one) => one.name)).toEqual([
    'disk_total',
    'system_disk_io_bytes_total',
    'a_seconds',
  ]);
  expect(findMetrics(metrics, 'waits disk').map((one) => one.name)).toEqual(['a_seconds']);
});

describe('the metric browser', () => {
  const metric = (type: BrowsedMetric['type'], name = 'x'): BrowsedMetric => ({
    name,
    type,
    unit: '',
    help: '',
    series: 1,
  });
  const made = (type: BrowsedMetric['type'], more = {}) =>
    expressionOf({ ...defaultChoice(metric(type)), ...more }, '1m');

  test('begins with what suits the type', () => {
    expect(made('counter')).toBe('rate(x[1m])');
    expect(made('gauge')).toBe('x');
    expect(made('histogram')).toBe('histogram_quantile(0.95, sum by (le) (rate(x_bucket[1m])))');
    expect(seriesSelector(metric('histogram'))).toBe('x_count');
    expect(expressionOf(defaultChoice(metric('gauge', 'http.size')), '1m')).toBe('{"http.size"}');
  });

  test('filters, groups and aggregates', () => {
    const filters = new Map([
      ['job', new Set(['a.b', 'c'])],
      ['host', new Set(['"h"'])],
      ['none', new Set<string>()],
    ]);
    expect(made('gauge', { filters })).toBe('x{job=~"a\\\\.b|c", host="\\"h\\""}');
    expect(made('gauge', { by: ['job'] })).toBe('sum by (job) (x)');
    expect(made('counter', { by: ['job', 'http.code'], aggregation: 'avg' })).toBe(
      'avg by (job, "http.code") (rate(x[1m]))',
    );
    expect(made('counter', { aggregation: 'count' })).toBe('count (rate(x[1m]))');
    expect(made('histogram', { by: ['job'], aggregation: 'p99' })).toBe(
      'histogram_quantile(0.99, sum by (le, job) (rate(x_bucket[1m])))',
    );
    expect(made('histogram', { by: ['job'], aggregation: 'mean' })).toBe(
      'sum by (job) (rate(x_sum[1m])) / sum by (job) (rate(x_count[1m]))',
    );
    expect(made('histogram', { aggregation: 'count' })).toBe('sum (rate(x_count[1m]))');
  });

  test('lists a histogram once, and guesses the type of what nobody described', () => {
    const names = ['h_bucket', 'h_count', 'h_sum', 'n_total', 'g', 'row_count'];
    const known = new Map([['h', { type: 'histogram', unit: 's', help: 'H' }]]);
    const list = browsedMetrics(
      names,
      known,
      new Map([
        ['h_bucket', 10],
        ['h_sum', 1],
        ['g', 2],
      ]),
    );
    expect(list.map(({ name, type, series }) => [name, type, series])).toEqual([
      ['g', 'unknown', 2],
      ['h', 'histogram', 11],
      ['n_total', 'counter', 0],
      ['row_count', 'counter', 0],
    ]);
  });

  test('offers the labels that tell series apart first', () => {
    const facets = facetsOf([
      { __name__: 'x', job: 'j', le: '1', a: '1' },
      { job: 'j', a: '2' },
      { job: 'j', a: '2' },
    ]);
    expect(facets).toEqual([
      {
        label: 'a',
        values: [
          { value: '2', count: 2 },
          { value: '1', count: 1 },
        ],
      },
      { label: 'job', values: [{ value: 'j', count: 3 }] },
    ]);
  });
});
