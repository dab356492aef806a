/** Where an expression is wrong. */
export interface Mistake {
  /** The first wrong character of the text. */
  from: number;
  message: string;
  /** A word that was probably meant. */
  suggestion: string | null;
}

/** Finds the place in what the server says: `… 2:5: parse error: … (did you mean "rate"?)`; null when it names none. */
export function mistakeIn(expr: string, message: string): Mistake | null {
  const match = /(\d+):(\d+): (?:parse error: )?([^]*)$/.exec(message);
  if (!match) return null;
  const lines = expr.split('\n').slice(0, Number(match[1]) - 1);
  const from = lines.reduce((sum, line) => sum + line.length + 1, 0) + Number(match[2]) - 1;
  const meant = /\s*\(did you mean "([^"]+)"\?\)\s*$/.exec(match[3]);
  const text = meant ? match[3].slice(0, meant.index) : match[3];
  return { from: Math.min(from, expr.length), message: text, suggestion: meant?.[1] ?? null };
}
