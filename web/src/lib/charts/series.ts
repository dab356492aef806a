import { naturalOrder } from '../format/natural';
import { identityOf, type Labels } from '../live/columns';
import type { PanelDefinition } from './panel';

/** One series as a chart draws it. */
export interface ChartSeries {
  /** Its place in the query's columns. */
  column: number;
  name: string;
  identity: string;
  /** 1 to 8, as in the tokens `--c1` to `--c8`. */
  colour: number;
  /** Beyond the eight that can be told apart: drawn faintly, listed under "n more". */
  rest: boolean;
}

const colourCount = 8;
/** They say where a series is from, not what it is. */
const quietLabels = new Set(['__name__', 'job', 'instance']);

/**
 * Names, orders and colours a panel's series.
 * @param weight how much a column matters (its mean, say): beyond eight series the heaviest are coloured.
 * @param shown which columns have something to show.
 * @param colours those that series have had before, and keep; what is new is added.
 */
export function chartSeries(
  labels: readonly Labels[],
  definition: Pick<PanelDefinition, 'by' | 'names' | 'colours' | 'title'>,
  weight: (column: number) => number,
  shown: (column: number) => boolean = () => true,
  colours = new Map<string, number>(),
): ChartSeries[] {
  const differing = definition.by ?? differingLabels(labels);
  const renamed = Object.keys(definition.names ?? {});
  const all = labels.map((set, column) => {
    const key = differing.map((label) => set[label] ?? '').join(' ') || definition.title;
    const rank = renamed.indexOf(key);
    return { column, key, rank: rank < 0 ? renamed.length : rank, name: definition.names?.[key] ?? key, set };
  });

  const named = all.filter((series) => shown(series.column));
  const coloured = new Set(
    named.length <= colourCount
      ? named
      : [...named]
          .sort((a, b) => weight(b.column) - weight(a.column) || naturalOrder(a.key, b.key))
          .slice(0, colourCount),
  );
  const assigned = assignColours(
    named.filter((series) => coloured.has(series)).map((series) => series.key),
    // A series that is all there is has nothing to be told apart from: it is blue.
    { [definition.title]: 1, ...Object.fromEntries(colours), ...definition.colours },
  );
  for (const [key, colour] of assigned) colours.set(key, colour);

  return named
    .sort((a, b) => Number(coloured.has(b)) - Number(coloured.has(a)) || a.rank - b.rank || naturalOrder(a.key, b.key))
    .map((series) => ({
      column: series.column,
      name: series.name,
      identity: identityOf(series.set),
      colour: assigned.get(series.key) ?? colourCount,
      rest: !coloured.has(series),
    }));
}

/**
 * A series has the same colour on all panels and after each reload: the hash of its name, and the next free colour
 * where two in one panel meet.
 */
export function assignColours(keys: readonly string[], fixed: Readonly<Record<string, number>>): Map<string, number> {
  const colours = new Map<string, number>();
  const taken = new Set<number>();
  for (const key of keys) {
    if (!(key in fixed)) continue;
    colours.set(key, fixed[key]);
    taken.add(fixed[key]);
  }
  // In the order of their names, so that the order in which the server lists them does not matter.
  for (const key of [...keys].sort()) {
    if (colours.has(key)) continue;
    let colour = hash(key) % colourCount;
    for (let tries = 0; taken.has(colour + 1) && tries < colourCount; tries++) colour = (colour + 1) % colourCount;
    colours.set(key, colour + 1);
    taken.add(colour + 1);
  }
  return colours;
}

function differingLabels(labels: readonly Labels[]): string[] {
  const names = new Set(labels.flatMap((set) => Object.keys(set)));
  const differing = [...names].filter((name) => new Set(labels.map((set) => set[name])).size > 1);
  const telling = differing.filter((name) => !quietLabels.has(name));
  if (telling.length > 0) return telling;
  if (differing.length > 0) return differing;
  return [...names].filter((name) => !quietLabels.has(name)).slice(0, 1);
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
