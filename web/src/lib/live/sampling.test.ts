import { describe, expect, test } from 'vitest';
import { delayFor, lookbackFor, narrow, samplingFor } from './sampling';

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

  test('is the same for samples that come late, some seconds later', () => {
    const late = { collectMs: 1000, late: true };
    expect(delayFor(1000, late)).toBe(3000);
    expect(delayFor(2000, late)).toBe(4000);
    expect(delayFor(5000, late)).toBe(0); // five samples: two of them have come
    expect(delayFor(1000, { collectMs: 1000 })).toBe(0);
    expect(samplingFor(1000, late, 3000).rate('x')).toBe('rate(x[2s] offset 3s)');
    expect(samplingFor(1000, late, 3000).gauge('x{a="b"}')).toBe('x{a="b"} offset 3s');
    expect(samplingFor(1000, late).rate('x')).toBe('rate(x[2s])'); // of the past, everything has come
  });

  test('takes a sample for the newest until three are missing, or five of those that come late', () => {
    expect(lookbackFor({ collectMs: 1000 })).toBe(3000);
    expect(lookbackFor({ collectMs: 1000, late: true })).toBe(5000);
    expect(lookbackFor({ collectMs: 1000, late: true }, 3000)).toBe(3000);
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
