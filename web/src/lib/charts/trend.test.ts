import { describe, expect, test } from 'vitest';
import { Columns } from '../live/columns';
import { highestSeries, meanOf, trendOf } from './trend';

describe('a trend', () => {
  test('rises, falls or is steady', () => {
    expect(trendOf(0.5, 0.6, 'ratio')).toEqual({ direction: 'rising', change: '10 pt' });
    expect(trendOf(100, 50, 'count')).toEqual({ direction: 'falling', change: '50%' });
    expect(trendOf(0.564, 0.57, 'ratio')).toEqual({ direction: 'steady', change: '0.6 pt' });
    expect(trendOf(0, 0, 'count')).toEqual({ direction: 'steady', change: '0%' });
  });

  test('is not said without a window before', () => {
    expect(trendOf(NaN, 1, 'ratio')).toBeNull();
  });

  test('needs half of a window', () => {
    expect(meanOf(Float64Array.of(1, NaN, 3, NaN))).toBe(2);
    expect(meanOf(Float64Array.of(1, NaN, NaN, NaN))).toBeNaN();
    expect(meanOf(new Float64Array(0))).toBeNaN();
  });
});

test('the series that counts is the one that is highest now', () => {
  const columns = new Columns(1000, 5);
  columns.setSeries([{ m: '/' }, { m: '/var' }, { m: '/gone' }]);
  expect(highestSeries(columns)).toBe(-1);
  columns.append(1000, Float64Array.of(0.5, 0.9, NaN));
  expect(highestSeries(columns)).toBe(1);
});
