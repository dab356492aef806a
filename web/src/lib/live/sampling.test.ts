import { describe, expect, test } from 'vitest';
import { lookbackFor, narrow, samplingFor } from './sampling';

describe('sampling', () => {
  test('takes a rate over two samples when points are close', () => {
    expect(samplingFor(1000, { collectMs: 1000 }).rate('x')).toBe('rate(x[2s])');
    expect(samplingFor(1000, { collectMs: 5000 }).rate('x')).toBe('rate(x[10s])');
  });

  test('takes a rate over the whole step when points are far apart', () => {
    expect(samplingFor(300_000, { collectMs: 1000 }).rate('x{a="b"}')).toBe('rate(x{a="b"}[5m])');
  });

  test('takes a gauge as it is, or its mean over the step', () => {
    expect(samplingFor(1000, { collectMs: 1000 }).gauge('x')).toBe('x');
    expect(samplingFor(30_000, { collectMs: 1000 }).gauge('x')).toBe('avg_over_time(x[30s])');
  });

  test('looks back further for samples that come some time after their second', () => {
    expect(samplingFor(1000, { collectMs: 1000, late: true }).rate('x')).toBe('rate(x[5s])');
    expect(lookbackFor({ collectMs: 1000 })).toBe(3000);
    expect(lookbackFor({ collectMs: 1000, late: true })).toBe(5000);
    expect(lookbackFor({ collectMs: 0 })).toBeUndefined();
  });

  test('narrows every selector by a matcher, with or without matchers of its own', () => {
    const at = samplingFor(1000, { collectMs: 1000, matcher: 'instance="a"' });
    expect(at.rate('x')).toBe('rate(x{instance="a"}[2s])');
    expect(at.gauge('x{b="{"}')).toBe('x{instance="a",b="{"}');
    expect(samplingFor(30_000, { collectMs: 1000, matcher: 'instance="a"' }).gauge('x')).toBe(
      'avg_over_time(x{instance="a"}[30s])',
    );
    expect(narrow('{__name__="x"}', 'instance="a"')).toBe('{instance="a",__name__="x"}');
    expect(narrow('x{a="b"}', '')).toBe('x{a="b"}');
  });
});
