import { beforeEach, expect, test } from 'vitest';
import { links } from './links';
import { router } from './router.svelte';

beforeEach(() => router.go('/?range=1h&host=web-2'));

const opened = (link: string) => new URL(link, 'http://x').searchParams;

test('a link to Explore keeps the range and the host, and has the expression whole', () => {
  const params = opened(links.explore('sum by (job) (rate(x{a="&=+#"}[5m]))', 'up'));
  expect(params.get('a')).toBe('sum by (job) (rate(x{a="&=+#"}[5m]))');
  expect(params.get('b')).toBe('up');
  expect(params.get('range')).toBe('1h');
  expect(params.get('host')).toBe('web-2');
});

test.each([
  ['http_requests_total', '', 'rate(http_requests_total[5m])'],
  ['requests', 'counter', 'rate(requests[5m])'],
  ['load', 'gauge', 'load'],
  ['duration_seconds_bucket', '', 'histogram_quantile(0.95, sum by (le) (rate(duration_seconds_bucket[5m])))'],
  ['http.requests', '', '{"http.requests"}'],
])('the first look at %s (%s) is %s', (name, type, expr) => {
  expect(opened(links.metric(name, type)).get('a')).toBe(expr);
});

test('names with quotes stay one name', () => {
  expect(opened(links.activity('activity_api_calls', 'api', 'GET "x"\\')).get('a')).toBe(
    'sum(sum_over_time(activity_api_calls{api="GET \\"x\\"\\\\"}[1m]))',
  );
  expect(opened(links.host('a b&c')).get('host')).toBe('a b&c');
});
