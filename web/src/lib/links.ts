import { searchOf } from './router.svelte';
import { pageRange } from './time/page-range.svelte';

/** An address in the app with other parameters beside the range and the host, which stay. */
function linkWith(path: string, changes: Readonly<Record<string, string>>): string {
  const [kept, query = ''] = pageRange.link(path).split('?');
  const params = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) params.set(name, value);
  return kept + searchOf(params);
}

/** Where a thing that has a name is shown, with the range of the page that is open. */
export const links = {
  /** An expression, or several, in Explore. */
  explore: (...expressions: readonly string[]) =>
    linkWith('/explore', Object.fromEntries(expressions.slice(0, 8).map((expr, i) => ['abcdefgh'[i], expr]))),
  host: (name: string) => linkWith('/host', { host: name }),
  /** One program of a host: its processor time and its memory. */
  program: (host: string, name: string) => {
    const of = selecting({ job: 'host', instance: host, process_executable_name: name });
    return links.explore(`process_cpu_utilization_ratio${of}`, `process_memory_usage_bytes${of}`);
  },
  /** One stage of a pipeline: how far it is behind, and what goes through it. */
  stage: (pipeline: string, stage: string) => {
    const of = selecting({ pipeline, stage });
    return links.explore(`pipeline_lag_seconds${of}`, `sum(sum_over_time(pipeline_records_out${of}[1m]))`);
  },
  /** What became of a kind of activity, a minute: `metric` with one label. */
  activity: (metric: string, label: string, value: string) =>
    links.explore(`sum(sum_over_time(${metric}${selecting({ [label]: value })}[1m]))`),
  /** All series of a metric as one wants to see them first: counters as rates. */
  metric: (name: string, type = '') => links.explore(firstLook(name, type)),
};

/** A selector's braces; strings in PromQL are quoted as in JSON. */
function selecting(labels: Readonly<Record<string, string>>): string {
  const matchers = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{${matchers.join(',')}}`;
}

function firstLook(name: string, type: string): string {
  const shown = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name) ? name : `{${JSON.stringify(name)}}`;
  if (name.endsWith('_bucket')) return `histogram_quantile(0.95, sum by (le) (rate(${shown}[5m])))`;
  return type === 'counter' || /_(?:total|count|sum)$/.test(name) ? `rate(${shown}[5m])` : shown;
}
