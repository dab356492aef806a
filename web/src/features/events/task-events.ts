import { pathsOf } from '../../lib/format/paths';

/** A field of a task's events: its value in each of them, null where it is not there. */
export interface EventField {
  path: string;
  texts: (string | null)[];
}

/** The fields that differ between the events of a task, in the order of their coming; of a single event all of them. */
export function fieldsOf(events: readonly Readonly<Record<string, unknown>>[]): EventField[] {
  const each = events.map((event) => new Map(pathsOf(event)));
  const paths = [...new Set(each.flatMap((one) => [...one.keys()]))];
  return paths
    .map((path) => ({ path, texts: each.map((one) => one.get(path) ?? null) }))
    .filter(({ path, texts }) => path !== 'type' && (texts.length === 1 || texts.some((text) => text !== texts[0])));
}
