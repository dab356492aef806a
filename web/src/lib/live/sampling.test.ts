import { describe, expect, test } from 'vitest';
import { narrow, samplingFor } from './sampling';

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

  test('narrows every selector by a matcher, with or without matchers of its own', () => {
    const at = samplingFor(1000, 1000, 'instance="a"');
    expect(at.rate('x')).toBe('rate(x{instance="a"}[2s])');
    expect(at.gauge('x{b="{"}')).toBe('x{instance="a",b="{"}');
    expect(samplingFor(30_000, 1000, 'instance="a"').gauge('x')).toBe('avg_over_time(x{instance="a"}[30s])');
    expect(narrow('{__name__="x"}', 'instance="a"')).toBe('{instance="a",__name__="x"}');
    expect(narrow('x{a="b"}', '')).toBe('x{a="b"}');
  });
});
