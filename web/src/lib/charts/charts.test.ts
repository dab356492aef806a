import { describe, expect, test } from 'vitest';
import { Columns } from '../live/columns';
import { assignColours, chartSeries } from './series';
import { sparkPaths } from './sparkline';
import { lowerEdge, stack } from './stack';
import { summarise } from './summary';
import { tableRows, toCsv } from './table';
import { fitAxis, fixedAxis, gridLines } from './y-axis';

const equal = () => 0;

describe('the series of a panel', () => {
  test('are named by the label that differs', () => {
    const series = chartSeries(
      [
        { __name__: 'x', instance: 'h', device: 'sdb', direction: 'read' },
        { __name__: 'x', instance: 'h', device: 'sda', direction: 'read' },
      ],
      { title: 'Disks' },
      equal,
    );
    expect(series.map((one) => one.name)).toEqual(['sda', 'sdb']);
    expect(series.map((one) => one.column)).toEqual([1, 0]);
  });

  test('of one alone is named by the panel when no label tells', () => {
    expect(chartSeries([{}], { title: 'Uptime' }, equal)[0].name).toBe('Uptime');
  });

  test('are numbered in the natural order', () => {
    const labels = ['10', '2', '1'].map((core) => ({ core }));
    expect(chartSeries(labels, { title: 'Cores' }, equal).map((one) => one.name)).toEqual(['1', '2', '10']);
  });

  test('come in the order and by the names that the panel gives', () => {
    const series = chartSeries(
      [{ mode: 'system' }, { mode: 'odd' }, { mode: 'user' }],
      { title: 'CPU', by: ['mode'], names: { user: 'User', system: 'System' }, colours: { user: 1 } },
      equal,
    );
    expect(series.map((one) => one.name)).toEqual(['User', 'System', 'odd']);
    expect(series[0].colour).toBe(1);
  });

  test('beyond eight are drawn faintly, the lightest of them', () => {
    const labels = Array.from({ length: 12 }, (_, i) => ({ process: `p${i}` }));
    const series = chartSeries(labels, { title: 'Processes' }, (column) => column);
    expect(series.filter((one) => !one.rest).map((one) => one.column)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
    expect(series.filter((one) => one.rest).every((one) => one.colour === 8)).toBe(true);
    expect(series.slice(8).every((one) => one.rest)).toBe(true);
  });
});

describe('colours', () => {
  test('stay with their series while others are the heaviest', () => {
    const labels = Array.from({ length: 12 }, (_, i) => ({ process: `p${i}` }));
    const colours = new Map<string, number>();
    const of = (weight: (column: number) => number) =>
      new Map(chartSeries(labels, { title: 'x' }, weight, () => true, colours).map((one) => [one.name, one]));
    const before = of((column) => column);
    of((column) => -column);
    const after = of((column) => column);
    for (const [name, one] of before) expect(after.get(name)!.colour).toBe(one.colour);
  });

  test('are all different up to eight', () => {
    const keys = ['eth0', 'eth1', 'lo', 'docker0', 'wlan0', 'br0', 'tun0', 'veth1'];
    expect(new Set(assignColours(keys, {}).values()).size).toBe(8);
  });

  test('stay with their series whatever the order', () => {
    const keys = ['sda', 'sdb', 'nvme0n1'];
    expect(assignColours([...keys].reverse(), {})).toEqual(assignColours(keys, {}));
    expect(assignColours(['sda'], {}).get('sda')).toBe(assignColours(keys, {}).get('sda'));
  });

  test('that are fixed are not given to others', () => {
    const colours = assignColours(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], { c: 4 });
    expect(colours.get('c')).toBe(4);
    expect([...colours.values()].filter((colour) => colour === 4)).toHaveLength(1);
  });
});

describe('a stack', () => {
  const values = [Float64Array.of(1, 2, NaN), Float64Array.of(10, NaN, 30), Float64Array.of(100, 200, 300)];
  const sums = values.map(() => new Float64Array(3));

  test('sums upwards and keeps holes', () => {
    stack(values, sums, 3);
    expect(sums.map((sum) => [...sum])).toEqual([
      [1, 2, NaN],
      [11, NaN, 30],
      [111, 202, 330],
    ]);
    expect(lowerEdge(sums, 2, 1)).toBe(2);
    expect(lowerEdge(sums, 0, 0)).toBe(0);
  });

  test('leaves hidden series out', () => {
    stack([values[0], null, values[2]], sums, 3);
    expect([...sums[2]]).toEqual([101, 202, 300]);
  });
});

describe('an axis', () => {
  test('goes from zero to a round number', () => {
    expect(gridLines(fitAxis(0, 5600, 'count', null))).toEqual([0, 2000, 4000, 6000]);
    expect(gridLines(fitAxis(0, 0.0084, 'ratio', null)).at(-1)).toBeCloseTo(0.01);
  });

  test('divides bytes by powers of two', () => {
    const axis = fitAxis(0, 3.1 * 2 ** 20, 'bytes', null);
    expect(axis.increment).toBe(2 ** 20);
    expect(axis.max).toBe(4 * 2 ** 20);
  });

  test('has three to six lines for any data', () => {
    for (let highest = 1e-6; highest < 1e15; highest *= 1.37)
      for (const unit of ['ratio', 'bytes', 'count', 'seconds'] as const) {
        const lines = gridLines(fitAxis(0, highest, unit, null));
        expect(lines.length).toBeGreaterThanOrEqual(2);
        expect(lines.length).toBeLessThanOrEqual(6);
        expect(lines.at(-1)).toBeGreaterThanOrEqual(highest * 0.999999);
      }
  });

  test('that ends with a whole has a label there', () => {
    expect(gridLines({ min: 0, max: 23.5, increment: 6 })).toEqual([0, 6, 12, 18, 23.5]);
    expect(gridLines({ min: 0, max: 19, increment: 6 })).toEqual([0, 6, 12, 19]); // 18 would touch it
  });

  test('stays while the data fits it, and follows when it does not', () => {
    const before = fitAxis(0, 90, 'count', null);
    expect(fitAxis(0, 60, 'count', before)).toBe(before);
    expect(fitAxis(0, 20, 'count', before).max).toBe(20);
    expect(fitAxis(0, 130, 'count', before).max).toBe(150);
  });

  test('goes below zero only for values below zero', () => {
    expect(fitAxis(-3, 5, 'number', null).min).toBeLessThan(0);
    expect(fitAxis(2, 5, 'number', null).min).toBe(0);
  });

  test('of nothing but zeros is an axis all the same', () => {
    expect(fitAxis(0, 0, 'bytes', null).max).toBeGreaterThan(0);
    expect(gridLines(fixedAxis(1))).toEqual([0, 0.25, 0.5, 0.75, 1]);
  });
});

describe('a sparkline', () => {
  test('has a hole where samples are missing', () => {
    expect(sparkPaths([1, 2, NaN, 3, 4]).line.match(/M/g)).toHaveLength(2);
  });

  test('of nothing is nothing', () => {
    expect(sparkPaths([NaN, NaN])).toEqual({ line: '', area: '', thresholdY: null });
  });

  test('shows its threshold only when it is near', () => {
    expect(sparkPaths([0.1, 0.2], 0.8).thresholdY).toBeNull();
    expect(sparkPaths([0.7, 0.75], 0.8).thresholdY).toBeGreaterThan(0);
  });

  test('of a constant is a line inside the box', () => {
    const y = Number(/M0 ([\d.]+)/.exec(sparkPaths([5, 5, 5]).line)![1]);
    expect(y).toBeGreaterThan(0);
    expect(y).toBeLessThan(36);
  });
});

describe('the data of a chart', () => {
  const columns = new Columns(1000, 10);
  columns.setSeries([{ name: 'a' }, { name: '=b,"c"' }]);
  columns.mergeHistory(0, 3, Float64Array.of(1, 2, NaN, 10, 20, 30));
  const series = chartSeries(columns.labels, { title: 'T' }, equal);
  const first = series.findIndex((one) => one.name === 'a');

  test('as a table begins with the newest point', () => {
    const rows = tableRows(columns, series, 60);
    expect(rows.map((row) => row.timeMs)).toEqual([2000, 1000, 0]);
    expect(rows[1].values[first]).toBe(2);
    expect(tableRows(columns, series, 2)).toHaveLength(2);
  });

  test('as CSV has all points, empty fields for holes, and no formulas', () => {
    const csv = toCsv(columns, series).split('\r\n');
    expect(csv).toHaveLength(5);
    expect(csv[0]).toContain(`"'=b,""c"""`);
    expect(csv[1]).toContain('1970-01-01T00:00:00.000Z,');
    expect(csv[3].split(',')).toContain('');
    expect(csv[4]).toBe('');
  });

  test('in words says the newest and the highest values', () => {
    const words = summarise(
      { id: 't', title: 'T', subtitle: '', unit: 'number', expr: () => '' },
      'Last 5 minutes',
      columns,
      series,
    );
    expect(words).toContain('T, last 5 minutes.');
    expect(words).toContain('now 30, highest 30');
    expect(words).toContain('a no sample now, highest 2');
  });
});
