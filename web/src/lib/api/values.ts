import { get } from './api';

/** The value of one series at one moment. */
export interface Value {
  labels: Record<string, string>;
  value: number;
}

/** What an expression says of one moment; now where none is given. */
export async function valuesAt(query: string, atMs: number | null, signal: AbortSignal): Promise<Value[]> {
  const time = atMs === null ? undefined : String(atMs / 1000);
  const { data } = await get('/api/v1/query', { query: { query, time }, signal });
  return data.resultType === 'vector'
    ? data.result.flatMap(({ metric, value }) => (value ? [{ labels: metric, value: Number(value[1]) }] : []))
    : [];
}

/** Several expressions of one series each as one: told apart by the label `figure`. */
export function figures(exprs: Readonly<Record<string, string>>): string {
  return Object.entries(exprs)
    .map(([name, expr]) => `label_replace(${expr}, "figure", "${name}", "", "")`)
    .join(' or ');
}

/** The values of {@link figures} by name; what has none is NaN. */
export function figureOf(values: readonly Value[], name: string): number {
  return values.find(({ labels }) => labels.figure === name)?.value ?? NaN;
}
