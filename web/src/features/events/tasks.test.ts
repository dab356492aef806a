import { fieldsOf } from './task-events';
import { describe, expect, test } from 'vitest';
import { figureOf, figures } from '../../lib/api/values';
import { readTaskFilters, taskExportQuery, taskLink, taskQuery, writeTaskFilters } from './task-filters';
import { stepsOf, taskRow } from './task-row';
import { componentsOf, reasonsOf } from './task-summary';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();
const task = {
  task_id: '42',
  task_type: 'import',
  status: 'failed' as const,
  failure_reason: 'disk full',
  error: null,
  component: null,
  queue: null,
  worker: 'w-1',
  queued: at(0),
  start: at(2),
  end: at(5),
  duration_seconds: 3.25,
  cpu_seconds: null,
  cpu_percent: null,
  memory_bytes: 1024,
  context: null,
};

describe('the filters of tasks', () => {
  test('survive a journey through the URL', () => {
    const filters = { type: 'import', status: 'failed', component: 'db', find: 'a b', page: 'x-1' };
    expect(readTaskFilters(writeTaskFilters(new URLSearchParams(), filters))).toEqual(filters);
  });

  test('begin at the newest when another one is chosen, and leave the rest of the address alone', () => {
    const params = writeTaskFilters(new URLSearchParams('range=1h&page=x&type=a'), { type: '', status: 'failed' });
    expect(params.toString()).toBe('range=1h&status=failed');
  });

  test('are asked for over the page’s range', () => {
    const filters = readTaskFilters(new URLSearchParams('type=import&find=full'));
    const now = Date.parse(at(30));
    expect(taskQuery(filters, { rangeMs: 10_000 }, now)).toMatchObject({
      start: at(20),
      end: undefined,
      task_type: 'import',
      status: undefined,
      text: 'full',
    });
    expect(taskQuery(filters, { fromMs: Date.parse(at(1)), toMs: Date.parse(at(9)) }, now)).toMatchObject({
      start: at(1),
      end: at(9),
    });
    expect(taskExportQuery(filters, { rangeMs: 1000 }, now)).toMatchObject({
      type: ['task.finished'],
      where: ['task_type:import'],
      text: 'full',
    });
  });

  test('stay in the address of a single task, so that the way back is known', () => {
    expect(taskLink(new URLSearchParams('status=failed'), 'a/b?')).toBe('/tasks?status=failed&task=a%2Fb%3F');
  });
});

describe('a task', () => {
  test('becomes a row with numbers, NaN for what was not told', () => {
    expect(taskRow(task)).toMatchObject({ id: '42', waited: 2, duration: 3.25, cpu: NaN, memory: 1024, component: '' });
  });

  test('has steps with the time between them, the duration as exact as it was told', () => {
    expect(stepsOf(task).map((step) => [step.name, step.afterSeconds])).toEqual([
      ['Queued', NaN],
      ['Started', 2],
      ['Finished', 3.25],
    ]);
    expect(stepsOf({ ...task, start: null, duration_seconds: null }).map((step) => step.afterSeconds)).toEqual([
      NaN,
      5,
    ]);
    expect(stepsOf({ ...task, start: null, end: null })).toHaveLength(1);
  });
});

describe('the summary of tasks', () => {
  test('has reasons, most first, without those that did not occur', () => {
    const value = (reason: string, count: number) => ({ labels: { reason }, value: count });
    expect(reasonsOf([value('b', 1), value('a', 1), value('c', 0), value('d', 5)]).map((one) => one.reason)).toEqual([
      'd',
      'a',
      'b',
    ]);
  });

  test('has the error rate of each component: all that did not succeed, of all', () => {
    const of = (component: string, status: string, value: number) => ({ labels: { component, status }, value });
    const rows = componentsOf(
      [of('db', 'succeeded', 6), of('db', 'failed', 1), of('db', 'timed_out', 1), of('', 'succeeded', 2)],
      [{ labels: { component: 'db' }, value: 0.5 }],
    );
    expect(rows).toEqual([
      { component: 'db', finished: 8, failed: 2, errorRate: 0.25, p95: 0.5 },
      { component: '', finished: 2, failed: 0, errorRate: 0, p95: NaN },
    ]);
  });
});

test('figures are asked for at once and told apart by their name', () => {
  expect(figures({ a: 'x', b: 'y' })).toBe(
    'label_replace(x, "figure", "a", "", "") or label_replace(y, "figure", "b", "", "")',
  );
  expect(figureOf([{ labels: { figure: 'b' }, value: 2 }], 'b')).toBe(2);
  expect(figureOf([], 'b')).toBeNaN();
});

describe('the events of a task', () => {
  const [queued, finished] = [
    { id: 'a', type: 'task.queued', task_id: '7', worker: 'w' },
    { id: 'b', type: 'task.finished', task_id: '7', worker: 'w', context: { order: 3 } },
  ];

  test('are told by what differs between them', () => {
    expect(fieldsOf([queued, finished])).toEqual([
      { path: 'id', texts: ['a', 'b'] },
      { path: 'context.order', texts: [null, '3'] },
    ]);
  });

  test('are told whole when there is only one', () => {
    expect(fieldsOf([queued]).map(({ path }) => path)).toEqual(['id', 'task_id', 'worker']);
  });
});
