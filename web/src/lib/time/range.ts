import { describeDuration, parseDuration, printDuration } from './duration';

/** What a page shows: the newest so-and-so long, live, or a fixed window. */
export type TimeRange = { rangeMs: number } | { fromMs: number; toMs: number };

export const defaultRangeMs = 300_000;

/** Offered by the time range menu. */
export const presetRanges = ['5m', '15m', '30m', '1h', '3h', '6h', '12h', '1d', '2d', '7d', '30d'].map((text) =>
  parseDuration(text)!,
);

const shortestMs = 10_000;
const longestMs = 366 * 86_400_000;

export function isFixed(range: TimeRange): range is { fromMs: number; toMs: number } {
  return 'fromMs' in range;
}

export function spanOf(range: TimeRange): number {
  return isFixed(range) ? range.toMs - range.fromMs : range.rangeMs;
}

/** The range of a page's URL. What makes no sense is taken for the default: a link must never break a page. */
export function readRange(params: URLSearchParams): TimeRange {
  const from = readInstant(params.get('from'));
  const to = readInstant(params.get('to'));
  if (from !== null && to !== null) {
    const span = to - from;
    if (span >= shortestMs / 2 && span <= longestMs) return { fromMs: from, toMs: to };
  }
  return { rangeMs: readLiveRange(params) };
}

/** The live range a page goes back to from a zoom. */
export function readLiveRange(params: URLSearchParams): number {
  const range = parseDuration(params.get('range') ?? '');
  return range === null ? defaultRangeMs : Math.min(longestMs, Math.max(shortestMs, range));
}

/** Writes a range into parameters; a fixed one keeps the live one beside it, to go back to. */
export function writeRange(params: URLSearchParams, range: TimeRange): URLSearchParams {
  const next = new URLSearchParams(params);
  next.delete('from');
  next.delete('to');
  if (isFixed(range)) {
    next.set('from', writeInstant(range.fromMs));
    next.set('to', writeInstant(range.toMs));
  } else if (range.rangeMs === defaultRangeMs) next.delete('range');
  else next.set('range', printDuration(range.rangeMs));
  return next;
}

/** What a person types: "3h", "last 2 days", "2026-05-12 14:00", or two of those with "to" or "–" between. */
export function parseRange(text: string, nowMs: number): TimeRange | null {
  const duration = parseDuration(text.replace(/^\s*last\b/i, ''));
  if (duration !== null) return duration >= shortestMs && duration <= longestMs ? { rangeMs: duration } : null;

  const [from, to] = text.split(/\s+(?:to|until|-|–)\s+/i).map(readInstant);
  if (from === null || from === undefined || to === null) return null;
  const range = { fromMs: from, toMs: to ?? nowMs };
  return range.toMs - range.fromMs >= shortestMs && spanOf(range) <= longestMs ? range : null;
}

export function describeRange(range: TimeRange): string {
  return isFixed(range) ? describeDuration(spanOf(range)) : `Last ${describeLong(range.rangeMs)}`;
}

function describeLong(durationMs: number): string {
  return describeDuration(durationMs)
    .replace(/\b1 min$/, 'minute')
    .replace(/ min$/, ' minutes')
    .replace(/^1 h$/, 'hour')
    .replace(/ h$/, ' hours')
    .replace(/^1 day$/, '24 hours')
    .replace(/ s$/, ' seconds');
}

function writeInstant(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('.000Z', 'Z');
}

/** Unix ms or a date; a date without a zone is the viewer's. */
function readInstant(text: string | null): number | null {
  if (!text) return null;
  const trimmed = text.trim();
  if (/^\d{12,14}$/.test(trimmed)) return Number(trimmed);
  if (!/^\d{4}-\d{2}-\d{2}/.test(trimmed)) return null;
  const instant = Date.parse(trimmed.replace(/^(\d{4}-\d{2}-\d{2}) /, '$1T'));
  return Number.isNaN(instant) ? null : instant;
}
