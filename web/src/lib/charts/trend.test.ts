import { describe, expect, test } from 'vitest';
import { Columns } from '../live/columns';
import { heldState } from '../ui/health';
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

  test('needs nine tenths of a window', () => {
    const values = Float64Array.from({ length: 10 }, (_, i) => i);
    values[0] = NaN;
    expect(meanOf(values)).toBe(5);
    values[1] = NaN;
    expect(meanOf(values)).toBeNaN();
    expect(meanOf(Float64Array.of(1, 2, 3), 10)).toBeNaN();
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

test('a state has held only when the whole while was so', () => {
  const limits = { warning: 0.8, critical: 0.9 };
  const while_ = (value: number, length = 60) => new Array<number>(length).fill(value);
  expect(heldState(while_(0.95), 60, limits)).toBe('critical');
  expect(heldState([...while_(0.95, 59), 0.3], 60, limits)).toBe('ok');
  expect(heldState([...while_(0.2, 59), 1], 60, limits)).toBe('ok');
  expect(heldState([...while_(0.95, 30), ...while_(0.85, 30)], 60, limits)).toBe('warning');
  expect(heldState(while_(0.95, 10), 60, limits)).toBe('ok'); // not yet
  expect(heldState(while_(NaN), 60, limits)).toBe('none');
});
