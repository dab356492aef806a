import { get } from '../../lib/api/api';
import type { Definition, MatrixItem } from '../../lib/api/schema';
import { valuesAt } from '../../lib/api/values';
import type { PanelDefinition } from '../../lib/charts/panel';
import { isFixed, spanOf, type TimeRange } from '../../lib/time/range';
import { expressionOver, unitOf, thresholdLines } from '../definitions/definition-unit';

/** Points of a tile's curve: as many again tell the time before. */
const points = 30;
/** What PromQL definitions are evaluated each. */
const promqlEveryMs = 10_000;

/** A sum over the range, over the time before, and how it came to be. */
export interface Total {
  name: string;
  /** Of a value; "" where it has none. */
  currency: string;
  now: number;
  /** NaN when the time before is not known in full. */
  before: number;
  curve: number[];
}

export interface BusinessTotals {
  counts: Total[];
  values: Total[];
  /** Orders that are active at the end of the range, and at the end of the time before; null where no order was ever named. */
  active: { now: number; before: number } | null;
  definitions: readonly Definition[];
  /** By name of definition: over the range, and over the time before. */
  figures: ReadonlyMap<string, { now: number; before: number }>;
}

/** Asks for all sums of a range and of the time before it. Windows lie side by side, so that their sum is exact. */
export async function askBusiness(range: TimeRange, signal: AbortSignal): Promise<BusinessTotals> {
  const { definitions } = await get('/api/v1/definitions', { signal });
  const span = spanOf(range);
  const endMs = isFixed(range) ? range.toMs : Date.now();
  const stepMs = Math.max(1000, Math.round(span / points));
  const history = async (by: string, metric: string) => {
    const query = `sum by (${by}) (sum_over_time(${metric}[${stepMs}ms]))`;
    const start = String((endMs - (2 * points - 1) * stepMs) / 1000);
    const step = String(stepMs / 1000);
    const { data } = await get('/api/v1/query_range', {
      query: { query, start, end: String(endMs / 1000), step },
      signal,
    });
    return totalsOf(data.result, endMs, stepMs);
  };
  const overall = async (one: Definition, atMs: number) =>
    (await valuesAt(expressionOver(one, span, true), atMs, signal))[0]?.value ?? NaN;
  const activeAt = async (atMs: number) =>
    (await valuesAt('sum(business_orders_active)', atMs, signal))[0]?.value ?? NaN;
  const [active, activeBefore, counts, values, ...states] = await Promise.all([
    activeAt(endMs),
    activeAt(endMs - span),
    history('name', 'business_events'),
    history('name, currency', 'business_value'),
    ...definitions.map(async (one) => ({
      name: one.name,
      now: await overall(one, endMs),
      before: await overall(one, endMs - span),
    })),
  ]);
  return {
    counts,
    values,
    active: Number.isNaN(active) ? null : { now: active, before: activeBefore },
    definitions,
    figures: new Map(states.map((state) => [state.name, state])),
  };
}

/** Sums of both halves of each series; most first. */
export function totalsOf(
  series: readonly Pick<MatrixItem, 'metric' | 'values'>[],
  endMs: number,
  stepMs: number,
): Total[] {
  return series
    .map(({ metric, values = [] }) => {
      const all = new Float64Array(2 * points);
      for (const [time, text] of values) {
        const place = 2 * points - 1 - Math.round((endMs - time * 1000) / stepMs);
        if (place >= 0 && place < all.length) all[place] = Number(text);
      }
      const sum = (from: number) => all.subarray(from, from + points).reduce((total, value) => total + value, 0);
      return {
        name: metric.name ?? '',
        currency: metric.currency ?? '',
        now: sum(points),
        before: sum(0) || NaN, // nothing before is not known to be nothing: it may not have been told yet
        curve: [...all.subarray(points)],
      };
    })
    .sort((a, b) => b.now - a.now || a.name.localeCompare(b.name));
}

/** What a business is asked for first, as a card. */
export interface Headline {
  title: string;
  now: number;
  before: number;
  unit: 'count' | 'ratio';
  suffix?: string;
  curve?: number[];
  /** The chart it leads to. */
  anchor: string;
}

const orderName = 'order';

/** Revenue, orders, conversion, abandoned carts: those of which there is something to tell. */
export function headlinesOf({ counts, values }: Pick<BusinessTotals, 'counts' | 'values'>): Headline[] {
  const of = (name: string) => counts.find((one) => one.name === name);
  const [orders, checkouts, carts] = ['order', 'checkout_started', 'cart_created'].map(of);
  const lost = (some: number | undefined, all: number) => Math.max(0, 1 - (some ?? 0) / all);
  const found: Headline[] = values
    .filter((one) => one.name === orderName && one.now !== 0)
    .map(({ currency, now, before, curve }) => ({
      title: 'Revenue',
      now,
      before,
      unit: 'count',
      suffix: currency,
      curve,
      anchor: anchorOf('value', orderName),
    }));
  if (orders)
    found.push({ ...orders, title: 'Orders', unit: 'count', suffix: '', anchor: anchorOf('event', orderName) });
  if (checkouts && checkouts.now > 0)
    found.push({
      title: 'Conversion',
      now: (orders?.now ?? 0) / checkouts.now,
      before: (orders?.before ?? NaN) / checkouts.before,
      unit: 'ratio',
      anchor: 'business-conversion',
    });
  if (carts && carts.now > 0)
    found.push({
      title: 'Abandoned carts',
      now: lost(orders?.now, carts.now),
      before: Number.isNaN(carts.before) ? NaN : lost(orders?.before, carts.before),
      unit: 'ratio',
      anchor: 'business-abandoned',
    });
  return found;
}

/** The totals that no headline tells already. */
export function othersOf(totals: readonly Total[]): Total[] {
  return totals.filter((one) => one.name !== orderName && one.now !== 0);
}

/** A name as people write it: checkout_started is "Checkout started". */
export function written(name: string): string {
  const words = name.replaceAll(/[_.]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Where the chart of a name stands on the page. */
export function anchorOf(kind: 'event' | 'value' | 'definition', name: string): string {
  return `${kind}-${encodeURIComponent(name)}`;
}

/** One chart for each name of events, and one for its values where it has some. */
export function namePanels({ counts, values }: Pick<BusinessTotals, 'counts' | 'values'>): PanelDefinition[] {
  const valued = new Set(values.filter((one) => one.now !== 0 || one.before !== 0).map((one) => one.name));
  return counts.flatMap(({ name }) => {
    const of = `{name=${JSON.stringify(name)}}`;
    const count: PanelDefinition = {
      id: anchorOf('event', name),
      title: written(name),
      subtitle: 'per minute',
      unit: 'number',
      expr: (at) => `sum(${at.perMinute(`business_events${of}`)})`,
    };
    const value: PanelDefinition = {
      id: anchorOf('value', name),
      title: `${written(name)}, value`,
      subtitle: 'per minute, by currency',
      unit: 'count',
      expr: (at) => `sum by (currency) (${at.perMinute(`business_value${of}`)})`,
      by: ['currency'],
    };
    return valued.has(name) ? [count, value] : [count];
  });
}

/** One chart for a definition, with the line that it should not cross. */
export function definitionPanel(one: Definition): PanelDefinition {
  const { unit, suffix } = unitOf(one);
  return {
    id: anchorOf('definition', one.name),
    title: one.name,
    subtitle: [suffix, one.help].filter((text) => text).join(': '),
    unit,
    expr: (at) => expressionOver(one, at.totalMs),
    everyMs: one.kind === 'promql' ? promqlEveryMs : undefined,
    thresholds: thresholdLines(one),
  };
}
