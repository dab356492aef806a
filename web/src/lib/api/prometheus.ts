import type { Labels } from '../live/columns';

/** The server's answer was not the one that was hoped for, or there was none. */
export class ApiError extends Error {
  constructor(
    /** Prometheus' `errorType`, or `network` when no answer came. */
    readonly kind: string,
    message: string,
    /** HTTP status; 0 without an answer. */
    readonly status = 0,
  ) {
    super(message);
  }
}

/** A value as the API writes it: Unix seconds, and the number as text, for JSON has none for NaN. */
export type Sample = readonly [seconds: number, value: string];

export type InstantResult =
  | { resultType: 'vector'; result: readonly { metric: Labels; value?: Sample; histogram?: unknown }[] }
  | { resultType: 'matrix'; result: readonly { metric: Labels; values?: readonly Sample[] }[] }
  | { resultType: 'scalar'; result: Sample }
  | { resultType: 'string'; result: Sample };

export interface RangeResult {
  resultType: 'matrix';
  result: readonly { metric: Labels; values?: readonly Sample[]; histograms?: readonly unknown[] }[];
}

/** `stats=all`: seconds by phase, and counts. */
export interface QueryStatistics {
  timings: Record<string, number>;
  samples: Record<string, number>;
}

export interface Answer<T> {
  data: T;
  warnings: readonly string[];
  infos: readonly string[];
  /** From asking to the last byte, as the browser saw it. */
  tookMs: number;
}

/** Asks one of Prometheus' routes. Parameters go in a form: expressions may be longer than an address. */
export async function ask<T>(path: string, params: Record<string, string>, signal?: AbortSignal): Promise<Answer<T>> {
  return read<T>(() => fetch(`/api/v1/${path}`, { method: 'POST', body: new URLSearchParams(params), signal }));
}

/** The same for routes that are read by GET; a name may be given several times. */
export async function get<T>(path: string, params: [string, string][] = [], signal?: AbortSignal): Promise<Answer<T>> {
  const query = params.length > 0 ? `?${new URLSearchParams(params)}` : '';
  return read<T>(() => fetch(`/api/v1/${path}${query}`, { signal }));
}

async function read<T>(request: () => Promise<Response>): Promise<Answer<T>> {
  const startMs = performance.now();
  let response: Response;
  let body: Record<string, unknown>;
  try {
    response = await request();
    body = await response.json();
  } catch (failure) {
    if (failure instanceof DOMException && failure.name === 'AbortError') throw failure;
    throw new ApiError('network', 'The server cannot be reached.');
  }
  if (body.status !== 'success') {
    // Routes of our own answer with problem details.
    const text = (body.error ?? body.detail ?? body.title ?? response.statusText) as string;
    throw new ApiError((body.errorType as string | undefined) ?? 'internal', text, response.status);
  }
  return {
    data: body.data as T,
    warnings: (body.warnings as string[] | undefined) ?? [],
    infos: (body.infos as string[] | undefined) ?? [],
    tookMs: performance.now() - startMs,
  };
}

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

export function numberOf(text: string): number {
  if (text === '+Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}
