import { tokenize } from './tokens';

/** A metric that an expression names and that there is not. */
export interface UnknownMetric {
  name: string;
  /** Its first character in the text. */
  from: number;
  /** The metric that was probably meant. */
  nearest: string | null;
}

/** Nearer than so many edits, or it is another word. */
const editsAtMost = 3;

/** The metrics of an expression that are not among those that there are, each once. */
export function unknownMetrics(expr: string, metrics: Iterable<string>): UnknownMetric[] {
  const known = new Set(metrics);
  const unknown = new Map<string, UnknownMetric>();
  for (const { kind, text: name, from } of tokenize(expr)) {
    if (kind !== 'metric' || known.has(name) || unknown.has(name)) continue;
    unknown.set(name, { name, from, nearest: nearestOf(name, known) });
  }
  return [...unknown.values()];
}

function nearestOf(name: string, known: Iterable<string>): string | null {
  let nearest: string | null = null;
  let fewest = Math.min(editsAtMost, name.length >> 1) + 1;
  for (const one of known) {
    if (Math.abs(one.length - name.length) >= fewest) continue;
    const edits = editsBetween(one, name);
    if (edits < fewest) [nearest, fewest] = [one, edits];
  }
  return nearest;
}

/** Levenshtein's distance: characters to insert, delete or replace. */
function editsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++)
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1));
    row = next;
  }
  return row[other.length];
}
