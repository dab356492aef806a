import { describe, expect, test } from 'vitest';
import { describeDuration, parseDuration, printDuration } from './duration';
import { defaultRangeMs, describeRange, parseRange, presetRanges, readRange, writeRange } from './range';
import { stepFor } from './steps';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

describe('a duration', () => {
  test.each([
    ['90s', 90_000],
    ['15 min', 15 * minute],
    ['3h', 3 * hour],
    ['1h 30m', 90 * minute],
    ['1h30m', 90 * minute],
    ['2 days', 2 * day],
    ['1.5 hours', 90 * minute],
    ['1 Week', 7 * day],
    ['500ms', 500],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(['', '3', 'h', '3 apples', '0m', '3h!', '-5m', '5m 3'])('refuses "%s"', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  test('prints what it reads', () => {
    for (const ms of [...presetRanges, 90 * minute, 1500, 61_000]) expect(parseDuration(printDuration(ms))).toBe(ms);
  });

  test('is described in two parts at most', () => {
    expect(describeDuration(42_000)).toBe('42 s');
    expect(describeDuration(90 * minute)).toBe('1 h 30 min');
    expect(describeDuration(2 * day + 3 * hour + 4 * minute)).toBe('2 days 3 h');
    expect(describeDuration(0)).toBe('0 s');
  });
});

describe('a time range', () => {
  const read = (query: string) => readRange(new URLSearchParams(query));

  test('survives a journey through the URL', () => {
    for (const range of [{ rangeMs: 3 * hour }, { fromMs: 1_763_700_000_000, toMs: 1_763_700_600_000 }])
      expect(readRange(writeRange(new URLSearchParams(), range))).toEqual(range);
  });

  test('that is the default leaves the URL clean', () => {
    expect(writeRange(new URLSearchParams('range=3h'), { rangeMs: defaultRangeMs }).toString()).toBe('');
  });

  test('of a zoom keeps the live range to go back to', () => {
    const params = writeRange(new URLSearchParams('range=3h'), { fromMs: 1e12, toMs: 1e12 + hour });
    expect(params.get('range')).toBe('3h');
    expect(readRange(writeRange(params, { rangeMs: 3 * hour }))).toEqual({ rangeMs: 3 * hour });
  });

  test('of a broken link is the default', () => {
    for (const query of ['range=banana', 'from=2026-01-01', 'from=b&to=a', 'from=2026-01-02&to=2026-01-01', ''])
      expect(read(query)).toEqual({ rangeMs: defaultRangeMs });
  });

  test('has limits', () => {
    expect(read('range=1s')).toEqual({ rangeMs: 10_000 });
    expect(read('range=9999d')).toEqual({ rangeMs: 366 * day });
  });

  test('can be typed', () => {
    const now = Date.UTC(2026, 4, 12, 16);
    expect(parseRange('3h', now)).toEqual({ rangeMs: 3 * hour });
    expect(parseRange('last 2 days', now)).toEqual({ rangeMs: 2 * day });
    expect(parseRange('2026-05-12 14:00', now)).toEqual({ fromMs: Date.UTC(2026, 4, 12, 14), toMs: now });
    expect(parseRange('2026-05-12 14:00 to 2026-05-12 14:30', now)).toEqual({
      fromMs: Date.UTC(2026, 4, 12, 14),
      toMs: Date.UTC(2026, 4, 12, 14, 30),
    });
  });

  test.each(['', 'yesterday-ish', '14:00 to 15:00', '2026-05-12 14:00 to 2026-05-12 13:00', '5s'])(
    'is not guessed from "%s"',
    (text) => expect(parseRange(text, Date.UTC(2026, 4, 12, 16))).toBeNull(),
  );

  test('is described in words', () => {
    expect(describeRange({ rangeMs: 5 * minute })).toBe('Last 5 minutes');
    expect(describeRange({ rangeMs: hour })).toBe('Last hour');
    expect(describeRange({ rangeMs: day })).toBe('Last 24 hours');
    expect(describeRange({ rangeMs: 30 * day })).toBe('Last 30 days');
    expect(describeRange({ fromMs: 0, toMs: 90 * minute })).toBe('1 h 30 min');
  });
});

describe('a step', () => {
  test('is a second up to five minutes, and never gives more than 600 points', () => {
    expect(stepFor(5 * minute)).toBe(1000);
    for (const span of presetRanges) expect(span / stepFor(span)).toBeLessThanOrEqual(600);
  });

  test('divides an hour or a day evenly', () => {
    for (const span of presetRanges) expect(day % stepFor(span)).toBe(0);
  });

  test('gives a sparkline its sixty points', () => {
    expect(stepFor(5 * minute, 60)).toBe(5000);
  });
});
