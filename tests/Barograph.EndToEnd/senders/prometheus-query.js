// A client of Prometheus' HTTP API, which asks by GET and by POST: node prometheus-query.js <address>
import assert from 'node:assert/strict';
import { PrometheusDriver } from 'prometheus-query';

const [endpoint] = process.argv.slice(2);
const now = Date.now();
for (const preferPost of [false, true]) {
  const prometheus = new PrometheusDriver({ endpoint, preferPost });

  const instant = await prometheus.instantQuery('system_memory_limit_bytes > 0');
  assert.equal(instant.resultType, 'vector');
  assert.equal(instant.result[0].metric.name, 'system_memory_limit_bytes');
  assert.ok(instant.result[0].value.value > 0 && Math.abs(instant.result[0].value.time - now) < 60_000);

  const range = await prometheus.rangeQuery('sum by (cpu_mode) (system_cpu_utilization_ratio)', now - 60_000, now + 5_000, '1s');
  assert.equal(range.resultType, 'matrix');
  assert.ok(range.result.some((series) => series.metric.labels.cpu_mode === 'idle' && series.values.length > 0));

  const series = await prometheus.series('system_cpu_load_average_1m', now - 60_000, now + 5_000);
  assert.deepEqual(series.map((one) => one.name), ['system_cpu_load_average_1m']);
  assert.ok((await prometheus.labelNames()).includes('cpu_mode'));
  assert.ok((await prometheus.labelValues('cpu_mode')).includes('idle'));
  assert.equal((await prometheus.metadata('system_memory_limit_bytes')).system_memory_limit_bytes[0].type, 'gauge');
  assert.deepEqual([await prometheus.rules(), await prometheus.alerts()], [[], []]);
  assert.deepEqual(await prometheus.targets(), { activeTargets: [], droppedTargets: [] });

  await assert.rejects(prometheus.instantQuery('sum('), (error) => error.httpStatus === 400 && error.prometheus.errorType === 'bad_data');
}
