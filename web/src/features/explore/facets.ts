import type { Labels } from '../../lib/live/columns';

/** A label with its values, each with how many series have it. */
export interface Facet {
  label: string;
  values: readonly { value: string; count: number }[];
}

/** The labels that tell series apart, those with few values first: they are the ones that one filters by. */
export function facetsOf(series: readonly Labels[]): Facet[] {
  const counts = new Map<string, Map<string, number>>();
  for (const set of series)
    for (const [label, value] of Object.entries(set)) {
      if (label === '__name__' || label === 'le' || label === 'quantile') continue;
      let values = counts.get(label);
      if (!values) counts.set(label, (values = new Map()));
      values.set(value, (values.get(value) ?? 0) + 1);
    }
  return [...counts]
    .map(([label, values]) => ({
      label,
      values: [...values]
        .map(([value, count]) => ({ value, count }))
        .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)),
    }))
    .sort((a, b) => Number(a.values.length === 1) - Number(b.values.length === 1) || a.values.length - b.values.length);
}
