import { describe, expect, test } from 'vitest';
import { Columns } from './columns';

const a = { device: 'a' };
const b = { device: 'b' };

function columnsOf(...series: Record<string, string>[]): Columns {
  const columns = new Columns(1000, 4);
  columns.setSeries(series);
  return columns;
}

const push = (columns: Columns, timeMs: number, ...values: number[]) =>
  columns.append(timeMs, Float64Array.from(values));

describe('columns', () => {
  test('keep the newest points of the window', () => {
    const columns = columnsOf(a);
    for (let i = 1; i <= 50; i++) push(columns, i * 1000, i);
    expect([...columns.times]).toEqual([47_000, 48_000, 49_000, 50_000]);
    expect([...columns.values(0)]).toEqual([47, 48, 49, 50]);
    expect(columns.last(0)).toBe(50);
  });

  test('do not grow while streaming', () => {
    const columns = columnsOf(a, b);
    push(columns, 1000, 1, 1);
    const { buffer } = columns.values(0);
    for (let i = 2; i <= 100; i++) push(columns, i * 1000, i, i);
    expect(columns.values(0).buffer).toBe(buffer);
  });

  test('take a history and go on with ticks', () => {
    const columns = columnsOf(a, b);
    columns.mergeHistory(1000, 3, Float64Array.of(1, 2, 3, 10, 20, 30));
    expect(push(columns, 4000, 4, 40)).toBeNaN();
    expect([...columns.values(1)]).toEqual([10, 20, 30, 40]);
  });

  test('ignore a tick that the history has brought', () => {
    const columns = columnsOf(a);
    columns.mergeHistory(1000, 2, Float64Array.of(1, 2));
    push(columns, 2000, 99);
    expect([...columns.values(0)]).toEqual([1, 2]);
  });

  test('leave a hole for missing ticks and say where it begins', () => {
    const columns = columnsOf(a);
    push(columns, 1000, 1);
    expect(push(columns, 4000, 4)).toBe(2000);
    expect([...columns.times]).toEqual([1000, 2000, 3000, 4000]);
    expect([...columns.values(0)]).toEqual([1, NaN, NaN, 4]);
  });

  test('fill a hole from a history that overlaps', () => {
    const columns = columnsOf(a);
    push(columns, 1000, 1);
    push(columns, 4000, 4);
    columns.mergeHistory(2000, 4, Float64Array.of(2, 3, 4, 5));
    expect([...columns.times]).toEqual([2000, 3000, 4000, 5000]);
    expect([...columns.values(0)]).toEqual([2, 3, 4, 5]);
  });

  test('start anew after a hole longer than the window', () => {
    const columns = columnsOf(a);
    push(columns, 1000, 1);
    push(columns, 60_000, 60);
    expect([...columns.times]).toEqual([60_000]);
  });

  test('start anew from a history that does not join on', () => {
    const columns = columnsOf(a);
    push(columns, 1000, 1);
    columns.mergeHistory(50_000, 2, Float64Array.of(50, 51));
    expect([...columns.values(0)]).toEqual([50, 51]);
  });

  test('keep only the end of a history longer than the window', () => {
    const columns = columnsOf(a);
    columns.mergeHistory(1000, 6, Float64Array.of(1, 2, 3, 4, 5, 6));
    expect([...columns.values(0)]).toEqual([3, 4, 5, 6]);
    expect(columns.firstMs).toBe(3000);
  });

  test('match series by their labels when the set changes', () => {
    const columns = columnsOf(a, b);
    push(columns, 1000, 1, 10);
    columns.setSeries([b, { device: 'c' }, a]);
    push(columns, 2000, 20, 200, 2);
    const byDevice = Object.fromEntries(
      columns.labels.map((labels, i) => [labels.device, [...columns.values(i)]] as const),
    );
    expect(byDevice).toEqual({ a: [1, 2], b: [10, 20], c: [NaN, 200] });
  });

  test('keep the places of series that stay, so that a chart need not be made anew', () => {
    const columns = columnsOf(a, b);
    push(columns, 1000, 1, 10);
    const revision = columns.seriesRevision;
    columns.setSeries([b, a]);
    push(columns, 2000, 20, 2);
    expect(columns.seriesRevision).toBe(revision);
    expect([...columns.values(0)]).toEqual([1, 2]);
    columns.setSeries([b, { device: 'c' }, a]);
    expect(columns.labels).toEqual([a, b, { device: 'c' }]);
    expect(columns.hasSamples(0)).toBe(true);
    expect(columns.hasSamples(2)).toBe(false);
  });

  test('keep a series that went until the window has passed it', () => {
    const columns = columnsOf(a, b);
    push(columns, 1000, 1, 10);
    columns.setSeries([a]);
    push(columns, 2000, 2);
    expect(columns.labels).toEqual([a, b]);
    expect([...columns.values(1)]).toEqual([10, NaN]);
    for (let i = 3; i <= 6; i++) push(columns, i * 1000, i);
    columns.setSeries([a]);
    expect(columns.labels).toEqual([a]);
  });

  test('take labels in any order for the same series', () => {
    const columns = columnsOf({ x: '1', y: '2' });
    push(columns, 1000, 1);
    columns.setSeries([{ y: '2', x: '1' }]);
    expect([...columns.values(0)]).toEqual([1]);
  });

  test('have nothing when nothing came', () => {
    const columns = columnsOf(a);
    expect(columns.lastMs).toBeNaN();
    expect(columns.last(0)).toBeNaN();
    columns.mergeHistory(1000, 0, new Float64Array(0));
    expect(columns.length).toBe(0);
  });

  describe('have an unfinished point after the grid', () => {
    const hourly = () => {
      const columns = new Columns(3_600_000, 4);
      columns.setSeries([a]);
      return columns;
    };
    const at = (minutes: number) => minutes * 60_000;
    const times = (columns: Columns) => [...columns.times].map((time) => time / 60_000);

    test('which is all that a young server has', () => {
      const columns = hourly();
      expect(columns.append(at(7), Float64Array.of(1))).toBeNaN();
      expect(times(columns)).toEqual([7]);
      expect(columns.last(0)).toBe(1);
      expect(columns.gridMs).toBeNaN();
      expect(columns.hasSamples(0)).toBe(true);
    });

    test('which the next one replaces, and the multiple of the step for good', () => {
      const columns = hourly();
      columns.mergeHistory(at(60), 2, Float64Array.of(1, 2));
      columns.append(at(125), Float64Array.of(2.1));
      columns.append(at(130), Float64Array.of(2.2));
      expect(times(columns)).toEqual([60, 120, 130]);
      expect(columns.gridMs).toBe(at(120));
      expect(columns.append(at(180), Float64Array.of(3))).toBeNaN();
      expect(times(columns)).toEqual([60, 120, 180]);
      expect([...columns.values(0)]).toEqual([1, 2, 3]);
    });

    test('beside as many finished ones as the window has', () => {
      const columns = hourly();
      for (let minutes = 30; minutes <= 1230; minutes += 30) columns.append(at(minutes), Float64Array.of(minutes));
      expect(times(columns)).toEqual([1020, 1080, 1140, 1200, 1230]);
      expect([...columns.values(0)]).toEqual([1020, 1080, 1140, 1200, 1230]);
    });

    test('and what is missing before it is asked for', () => {
      const columns = hourly();
      columns.append(at(60), Float64Array.of(1));
      expect(columns.append(at(190), Float64Array.of(4))).toBe(at(120));
      expect(times(columns)).toEqual([60, 120, 180, 190]);
    });

    test('which a history takes the place of', () => {
      const columns = hourly();
      columns.append(at(65), Float64Array.of(9));
      columns.mergeHistory(at(60), 2, Float64Array.of(1, 2));
      expect(times(columns)).toEqual([60, 120]);
    });
  });
});
