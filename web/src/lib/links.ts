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
  /** All series of a metric as one wants to see them first: counters as rates. */
  metric: (name: string, type = '') => links.explore(firstLook(name, type)),
};

function firstLook(name: string, type: string): string {
  const shown = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name) ? name : `{${JSON.stringify(name)}}`;
  if (name.endsWith('_bucket')) return `histogram_quantile(0.95, sum by (le) (rate(${shown}[5m])))`;
  return type === 'counter' || /_(?:total|count|sum)$/.test(name) ? `rate(${shown}[5m])` : shown;
}
