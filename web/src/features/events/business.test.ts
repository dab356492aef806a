import { describe, expect, test } from 'vitest';
import { samplingFor } from '../../lib/live/sampling';
import { definitionPanel, namePanels, totalsOf } from './business-metrics';

const second = 1000;
const end = 1_800_000_000 * second;
const at = (secondsAgo: number, value: number): [number, string] => [end / second - secondsAgo, String(value)];

describe('the totals of a range', () => {
  test('are the sums of its halves, the newest with its curve, most first', () => {
    const few = { metric: { name: 'few' }, values: [at(0, 1)] };
    const many = { metric: { name: 'many', currency: 'EUR' }, values: [at(59, 3), at(30, 4), at(29, 10), at(0, 5)] };
    const [first, last] = totalsOf([few, many], end, second);
    expect(first).toMatchObject({ name: 'many', currency: 'EUR', now: 15, before: 7 });
    expect(first.curve).toHaveLength(30);
    expect([first.curve[0], first.curve[29]]).toEqual([10, 5]);
    expect(last).toMatchObject({ name: 'few', currency: '', now: 1, before: NaN });
  });
});

describe('the charts of a business', () => {
  const total = (name: string, now: number) => ({ name, currency: 'EUR', now, before: NaN, curve: [] });
  const sampling = samplingFor(second, { collectMs: second });

  test('are one for each name, and one for its value where it has some', () => {
    const panels = namePanels({ counts: [total('order "x"', 2), total('search', 1)], values: [total('order "x"', 5)] });
    expect(panels.map((panel) => panel.id)).toEqual(['event-order%20%22x%22', 'value-order%20%22x%22', 'event-search']);
    expect(panels[0].expr(sampling)).toBe('sum(sum_over_time(business_events{name="order \\"x\\""}[1m]))');
  });

  test('have the line of a definition', () => {
    const panel = definitionPanel({
      name: 'slow',
      unit: 'seconds',
      help: 'How slow.',
      origin: 'api',
      kind: 'promql',
      expression: 'slow',
      matched: 0,
      missing_field: 0,
      folded: 0,
      last_matched: null,
      state: { value: null, severity: null },
      thresholds: [{ severity: 'critical', below: 2 }],
    });
    expect(panel).toMatchObject({ unit: 'seconds', subtitle: 'How slow.', everyMs: 10_000 });
    expect(panel.thresholds).toEqual([{ value: 2, label: 'critical below 2 s', state: 'crit', below: true }]);
    expect(panel.expr(sampling)).toBe('slow');
  });
});
