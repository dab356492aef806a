import { describe, expect, test } from 'vitest';
import { print, printAxis, printChange, read, readingWidths, readSteady, type Unit } from './units';

describe('a value', () => {
  test.each<[number, Unit, string]>([
    [0.567, 'ratio', '56.7%'],
    [1, 'ratio', '100%'],
    [0.00412, 'ratio', '0.412%'],
    [0, 'ratio', '0%'],
    [1536, 'bytes', '1.5 KiB'],
    [12.34 * 2 ** 30, 'bytes', '12.3 GiB'],
    [1023.9, 'bytes', '1 KiB'],
    [900, 'bytes', '900 B'],
    [1_258_291, 'bytesPerSecond', '1.2 MiB/s'],
    [2_500_000, 'bits', '2.5 Mbit/s'],
    [0.0000021, 'seconds', '2.1 µs'],
    [0.412, 'seconds', '412 ms'],
    [90, 'seconds', '1.5 min'],
    [0, 'seconds', '0 s'],
    [12_840, 'count', '12.8k'],
    [999.7, 'count', '1k'],
    [999, 'count', '999'],
    [4_200_000, 'perSecond', '4.2M/s'],
    [12, 'perSecond', '12/s'],
    [1.0449, 'number', '1.04'],
    [-3, 'number', '\u22123'],
    [-0.00001, 'ratio', '\u22120.001%'],
    [NaN, 'ratio', '–'],
    [Infinity, 'bytes', '–'],
  ])('%d as %s is %s', (value, unit, text) => {
    expect(print(value, unit)).toBe(text);
  });

  test('has at most three significant digits', () => {
    for (let value = 0.0123456; value < 1e12; value *= 3.7) {
      const digits = read(value, 'count').number.replace(/^0\.0*|\./g, '');
      expect(digits.length).toBeLessThanOrEqual(3);
    }
  });

  test('below what is told apart is only less than that', () => {
    expect(print(488e-6, 'seconds', 1e-3)).toBe('< 1 ms');
    expect(print(0, 'seconds', 1e-6)).toBe('< 1 µs');
    expect(print(0.002, 'seconds', 1e-3)).toBe('2 ms');
    expect(print(NaN, 'seconds', 1e-3)).toBe('–');
  });

  test('can be asked for in fewer digits', () => {
    expect(read(0.5678, 'ratio', 2)).toEqual({ number: '57', unit: '%' });
    expect(read(1, 'ratio', 2)).toEqual({ number: '100', unit: '%' });
  });
});

describe('a steady value', () => {
  test.each<[number, Unit, string]>([
    [0.5, 'ratio', '50.0%'],
    [1, 'ratio', '100%'],
    [0.07, 'ratio', '7.00%'],
    [0, 'ratio', '0.00%'],
    [0.00412, 'ratio', '0.412%'],
    [1536, 'bytes', '1.50KiB'],
    [12, 'bytes', '12B'],
    [12, 'count', '12'],
    [-2, 'number', '\u22122.00'],
    [NaN, 'ratio', '–'],
  ])('%d as %s is %s', (value, unit, text) => {
    const { number, unit: name } = readSteady(value, unit);
    expect(number + name).toBe(text);
  });

  test('never takes more room than a legend keeps for its unit', () => {
    for (const unit of Object.keys(readingWidths) as Unit[])
      for (let value = 1; value < 1e14; value *= 1.37) {
        // Nobody has a million percent, or a year of seconds to the power of three.
        if ((unit === 'ratio' && value > 9999) || (unit === 'seconds' && value > 1e9)) continue;
        expect(print(value, unit).length, `${value} ${unit}`).toBeLessThanOrEqual(readingWidths[unit]);
      }
  });
});

describe('an axis', () => {
  test('has one unit, that of its highest value', () => {
    expect(printAxis([0, 512 * 1024, 1024 * 1024], 'bytes')).toEqual(['0', '0.5 MiB', '1.0 MiB']);
  });

  test('has as many decimals as its steps need', () => {
    expect(printAxis([0, 0.25, 0.5], 'ratio')).toEqual(['0%', '25%', '50%']);
    expect(printAxis([0, 0.0025, 0.005], 'ratio')).toEqual(['0.00%', '0.25%', '0.50%']);
    expect(printAxis([0, 2000, 4000], 'count')).toEqual(['0', '2k', '4k']);
  });

  test('writes a true minus', () => {
    expect(printAxis([-2, 0, 2], 'number')).toEqual(['\u22122', '0', '2']);
  });
});

describe('a change', () => {
  test('of a ratio is in percentage points', () => {
    expect(printChange(0.57, 0.564, 'ratio')).toBe('0.6 pt');
  });

  test('of anything else is in percent, or a factor when it is large', () => {
    expect(printChange(104.2, 100, 'count')).toBe('4.2%');
    expect(printChange(50, 100, 'count')).toBe('50%');
    expect(printChange(4200, 100, 'count')).toBe('×42');
  });

  test('from nothing or the unknown is not said', () => {
    expect(printChange(1, 0, 'count')).toBeNull();
    expect(printChange(0, 0, 'count')).toBe('0%');
    expect(printChange(1, NaN, 'ratio')).toBeNull();
  });
});
