/** What one of Prometheus' routes said, and how long that took as the browser saw it. */
export interface Told<T> {
  data: T;
  warnings: readonly string[];
  infos: readonly string[];
  tookMs: number;
}

interface Envelope<T> {
  data: T;
  warnings?: string[];
  infos?: string[];
}

export async function told<T>(asked: Promise<Envelope<T>>): Promise<Told<T>> {
  const startMs = performance.now();
  const { data, warnings = [], infos = [] } = await asked;
  return { data, warnings, infos, tookMs: performance.now() - startMs };
}

/** The API writes numbers as text, for JSON has none for NaN and infinity. */
export function numberOf(text: string): number {
  if (text === '+Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}
