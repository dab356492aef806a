import { describe, expect, test } from 'vitest';
import type { WrittenDefinition } from '../../lib/api/schema';
import { describe as describeDefinition, expressionOver, unitOf } from './definition-unit';
import { conflictsIn, draftOf, emptyDraft, writtenOf } from './draft';
import { dryRunColumns } from './dry-run';
import { byPlace } from './field-errors';
import { rejectedBy, rejectRows } from './rejects';

describe('a definition in the form', () => {
  const definitions: WrittenDefinition[] = [
    { name: 'all_orders', source: { event: 'business', where: { name: 'order' } }, aggregation: 'count' },
    {
      name: 'paid',
      unit: 'euros',
      help: 'What is paid.',
      source: {
        event: 'business',
        where: {
          name: ['order', 'gift'],
          value: { min: 0.01, max: 10 },
          paid: true,
          user: { exists: false },
          a: { not: 'b' },
        },
      },
      aggregation: 'percentile',
      field: 'value',
      percentile: 99,
      labels: ['context.country', { field: 'user', name: 'customer', hash: true }],
      validate: [
        { field: 'value', type: 'number', min: 0, max: 100 },
        { field: 'name', required: true, allowed: ['order', 'gift', 3] },
      ],
      thresholds: [
        { severity: 'warning', above: 5000 },
        { severity: 'critical', below: -1 },
      ],
    },
    {
      name: 'share',
      aggregation: 'ratio',
      numerator: { event: 'x', where: { hits: 0 } },
      denominator: { event: 'x', field: 'n' },
    },
    { name: 'users', source: { event: 'activity' }, aggregation: 'distinct', field: 'user', window: '1d' },
    { name: 'slow', source: { promql: 'max(up)' }, thresholds: [{ severity: 'critical', above: 2 }] },
  ];
  const plain = (written: WrittenDefinition) => JSON.parse(JSON.stringify(written)) as WrittenDefinition;

  test.each(definitions)('is what it was after a journey through it: $name', (definition) => {
    expect(plain(writtenOf(draftOf(definition)))).toEqual(definition);
  });

  test('has its field beside the source, wherever it was written', () => {
    const source = { event: 'x', field: 'n' };
    expect(plain(writtenOf(draftOf({ name: 'a', aggregation: 'sum', source })))).toEqual({
      name: 'a',
      aggregation: 'sum',
      field: 'n',
      source: { event: 'x' },
    });
  });

  test('keeps texts that look like numbers only to people', () => {
    const where = { a: '007', b: '12345678901234567890', c: '1e3', d: '', e: '-0.5x' };
    const written = writtenOf(draftOf({ name: 'a', aggregation: 'count', source: { event: 'x', where } }));
    expect(written.source?.where).toEqual(where);
  });

  test('says which conditions exclude each other', () => {
    const draft = emptyDraft();
    draft.source.where = [
      { field: 'a', operator: 'min', value: '1' },
      { field: 'a', operator: 'max', value: '2' },
      { field: 'b', operator: 'is', value: 'x' },
      { field: 'b', operator: 'not', value: 'y' },
    ];
    expect(conflictsIn(draft).map((one) => one.field)).toEqual(['source.where.b']);
    draft.from = 'promql';
    expect(conflictsIn(draft)).toEqual([]);
  });
});

test('mistakes stand at the part of the form that they belong to', () => {
  const places = byPlace([
    { field: 'name', value: null, rule: 'must be there' },
    { field: 'source.where.a.min', value: 'x', rule: 'must be a number' },
    { field: 'validate.min', value: 'y', rule: 'must be a number' },
    { field: 'validate', value: null, rule: "must be objects with 'field'" },
    { field: 'other', value: '1', rule: 'must be one of name, unit' },
  ]);
  expect([...places]).toEqual([
    ['name', 'Must be there.'],
    ['source.where', 'A.min “x” must be a number.'],
    ['validate', "Min “y” must be a number; must be objects with 'field'."],
    ['', 'Other “1” must be one of name, unit.'],
  ]);
});

describe('what a definition is', () => {
  test('is drawn over any window, by its labels or as a whole', () => {
    const definition = {
      expression: 'histogram_quantile(0.5, sum by (le, context_country, who) (sum_over_time(a_bucket[$w])))',
      labels: ['context.country', { field: 'user', name: 'who' }],
    };
    expect(expressionOver(definition, 60_000)).toContain(
      'sum by (le, context_country, who) (sum_over_time(a_bucket[60000ms]))',
    );
    expect(expressionOver(definition, 60_000, true)).toContain('sum by (le) (sum_over_time(');
    expect(
      expressionOver({ expression: 'sum by (a) (sum_over_time(x[$w])) / $seconds', labels: ['a'] }, 60_000, true),
    ).toBe('sum (sum_over_time(x[60000ms])) / 60');
  });

  test('has the unit that it names, or none that has prefixes of its own', () => {
    expect(unitOf({ unit: 'seconds' })).toEqual({ unit: 'seconds', suffix: '' });
    expect(unitOf({ unit: 'euros', aggregation: 'sum' })).toEqual({ unit: 'count', suffix: 'euros' });
    expect(unitOf({ aggregation: 'ratio' })).toEqual({ unit: 'ratio', suffix: '' });
    expect(unitOf({ unit: 'bytes', aggregation: 'rate' })).toEqual({ unit: 'bytesPerSecond', suffix: '' });
  });

  test('is told in a few words', () => {
    const source = { event: 'business', where: { name: 'order', value: { min: 1 } } };
    expect(describeDefinition({ name: 'a', aggregation: 'sum', field: 'value', source })).toBe(
      'sum of value, business, name = order, value …',
    );
    expect(describeDefinition({ name: 'a', source: { promql: 'up' } })).toBe('PromQL, each 10 s');
  });
});

describe('the chart of a dry run', () => {
  const now = Date.parse('2026-01-01T12:00:30Z');

  test('has a point at each step, and one now', () => {
    const samples: [string, number][] = [
      ['2026-01-01T11:59:00Z', 3],
      ['2026-01-01T12:00:00Z', 8],
      ['2026-01-01T12:00:30Z', 7],
    ];
    const columns = dryRunColumns({ series: [{ labels: { a: 'x' }, value: 31, samples }], step_seconds: 60 });
    expect(columns.lastMs).toBe(now);
    expect([...columns.values(0)]).toEqual([3, 8, 7]);
  });

  test('knows nothing of a series where it had no value', () => {
    const other: [string, number][] = [['2026-01-01T11:58:00Z', 1]];
    const samples: [string, number][] = [['2026-01-01T12:00:00Z', 5]];
    const series = [
      { labels: { a: 'x' }, value: 1, samples: other },
      { labels: { a: 'y' }, value: 5, samples },
    ];
    expect([...dryRunColumns({ series, step_seconds: 60 }).values(1)]).toEqual([NaN, NaN, 5]);
    expect(dryRunColumns({ series: [], step_seconds: 60 }).length).toBe(0);
  });
});

test('rows in which nothing was written are not sent, and do not stand in the way', () => {
  const draft = {
    ...emptyDraft(),
    name: 'x',
    source: { event: 'business', field: '', where: [{ field: '', operator: 'is' as const, value: '' }] },
    labels: [{ field: ' ', name: '', hash: false }],
    validate: [{ field: '', required: false, type: '' as const, min: '', max: '', allowed: '' }],
    thresholds: [
      { severity: 'warning' as const, side: 'above' as const, value: '' },
      { severity: 'critical' as const, side: 'above' as const, value: '5' },
    ],
  };
  expect(conflictsIn(draft)).toEqual([]);
  expect(JSON.parse(JSON.stringify(writtenOf(draft)))).toEqual({
    name: 'x',
    source: { event: 'business' },
    aggregation: 'count',
    thresholds: [{ severity: 'critical', above: 5 }],
  });
  // One that was begun is sent: what is missing, the server says.
  draft.validate[0].required = true;
  expect(writtenOf(draft).validate).toHaveLength(1);
});

describe('rejected events', () => {
  const byRule = (rule: string, count: number) => ({
    type: 'business',
    field: 'value',
    rule,
    count,
    last_seen: '2026-01-01T12:00:00Z',
  });
  const recent = (rule: string, value: string | null) => ({
    time: '2026-01-01T12:00:00Z',
    type: 'business',
    id: null,
    field: 'value',
    value,
    rule,
    event: '{"value":1}',
  });

  test('have the newest of them as an example, also where the rule names a moment', () => {
    const rows = rejectRows({
      by_rule: [byRule('must be a number', 3), byRule('must not be after …', 1), byRule('must be there', 1)],
      recent: [recent('must not be after (2026-01-01T11:00:00Z)', 'late'), recent('must be a number', 'cheap')],
    });
    expect(rows.map((row) => [row.value, row.example !== ''])).toEqual([
      ['cheap', true],
      ['late', true],
      ['', false],
    ]);
  });

  test('are counted for the definition whose rule they broke', () => {
    const answer = {
      by_rule: [
        byRule('must be there (definition a)', 2),
        byRule('must be a number', 5),
        byRule('must be at most 3 (definition a)', 1),
      ],
    };
    expect([...rejectedBy(answer)]).toEqual([['a', 3]]);
  });
});
