import { describe, expect, test } from 'vitest';
import { samplingFor } from '../../lib/live/sampling';
import { definitionPanel, headlinesOf, namePanels, othersOf, totalsOf, written } from './business-metrics';

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

describe('what a business is asked for first', () => {
  const total = (name: string, now: number, before = NaN, currency = '') => ({
    name,
    currency,
    now,
    before,
    curve: [],
  });

  test('is revenue, orders, conversion and abandoned carts, in this order', () => {
    const counts = [
      total('checkout_started', 40, 20),
      total('cart_created', 50, 25),
      total('order', 10, 5),
      total('x', 1),
    ];
    const values = [total('checkout_started', 900, 1, 'EUR'), total('order', 300, 100, 'EUR')];
    expect(headlinesOf({ counts, values }).map(({ title, now, before }) => [title, now, before])).toEqual([
      ['Revenue', 300, 100],
      ['Orders', 10, 5],
      ['Conversion', 0.25, 0.25],
      ['Abandoned carts', 0.8, 0.8],
    ]);
    expect(othersOf(counts).map(({ name }) => name)).toEqual(['checkout_started', 'cart_created', 'x']);
    expect(othersOf(values).map(({ name }) => name)).toEqual(['checkout_started']);
  });

  test('is only that of which there is something to tell', () => {
    expect(headlinesOf({ counts: [total('x', 1)], values: [] })).toEqual([]);
    const [abandoned] = headlinesOf({ counts: [total('cart_created', 4)], values: [] });
    expect([abandoned.title, abandoned.now, abandoned.before]).toEqual(['Abandoned carts', 1, NaN]);
  });
});

test('names are written as people write them', () => {
  expect([written('checkout_started'), written('searches.without__hits'), written('Büro')]).toEqual([
    'Checkout started',
    'Searches without hits',
    'Büro',
  ]);
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
