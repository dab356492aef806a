import { describe, expect, test } from 'vitest';
import { printMoment, printTimeAxis, printWindow, toLocalInput } from './dates';

const noon = Date.UTC(2026, 4, 12, 12, 0, 5);
const hour = 3_600_000;

// The tests run in UTC and in whatever language the machine speaks; months are compared by their day only.
describe('a moment', () => {
  test('of today is a time of day', () => {
    expect(printMoment(noon, noon + hour)).toBe('12:00:05');
    expect(printMoment(noon, noon + hour, 60_000)).toBe('12:00');
  });

  test('of another day has its day', () => {
    expect(printMoment(noon - 24 * hour, noon)).toMatch(/11/);
  });
});

describe('a time axis', () => {
  test('shows seconds only when ticks are closer than a minute', () => {
    expect(printTimeAxis([noon, noon + 30_000], 30_000)).toEqual(['12:00:05', '12:00:35']);
    expect(printTimeAxis([noon, noon + 60_000], 60_000)).toEqual(['12:00', '12:01']);
  });

  test('shows the day where it changes', () => {
    const midnight = Date.UTC(2026, 4, 13);
    const [before, day] = printTimeAxis([midnight - 6 * hour, midnight], 6 * hour);
    expect(before).toBe('18:00');
    expect(day).toMatch(/13/);
  });
});

test('a window of one day says the day once', () => {
  expect(printWindow(noon, noon + 1800_000, noon)).toBe('12:00 – 12:30');
});

test('an input for a local date gets the wall clock', () => {
  expect(toLocalInput(noon)).toBe('2026-05-12T12:00:05');
});
