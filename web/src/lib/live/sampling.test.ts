import { describe, expect, test } from 'vitest';
import { samplingFor } from './sampling';

describe('sampling', () => {
  test('takes a rate over two samples when points are close', () => {
    expect(samplingFor(1000, 1000).rate('x')).toBe('rate(x[2s])');
    expect(samplingFor(1000, 5000).rate('x')).toBe('rate(x[10s])');
  });

  test('takes a rate over the whole step when points are far apart', () => {
    expect(samplingFor(300_000, 1000).rate('x{a="b"}')).toBe('rate(x{a="b"}[5m])');
  });

  test('takes a gauge as it is, or its mean over the step', () => {
    expect(samplingFor(1000, 1000).gauge('x')).toBe('x');
    expect(samplingFor(30_000, 1000).gauge('x')).toBe('avg_over_time(x[30s])');
  });
});
