const units: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const words: Record<string, string> = { sec: 's', second: 's', min: 'm', minute: 'm', hour: 'h', day: 'd', week: 'w' };

/** Reads "90s", "15 min", "3h", "1h 30m", "2 days"; null when it is not a duration. */
export function parseDuration(text: string): number | null {
  const parts = [
    ...text
      .trim()
      .toLowerCase()
      .matchAll(/\s*(\d+(?:\.\d+)?)\s*([a-z]+)/gy),
  ];
  if (parts.length === 0 || parts.map((part) => part[0]).join('').length !== text.trim().length) return null;
  let totalMs = 0;
  for (const [, amount, word] of parts) {
    const unit = units[word] ? word : (words[word] ?? words[word.replace(/s$/, '')]);
    if (!unit) return null;
    totalMs += Number(amount) * units[unit];
  }
  return totalMs > 0 ? totalMs : null;
}

/** The shortest exact way to write it: "15m", "1h30m", "1500ms". PromQL and URLs read it. */
export function printDuration(durationMs: number): string {
  if (durationMs % 1000 !== 0) return `${durationMs}ms`;
  let left = durationMs;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's']) {
    const count = Math.floor(left / units[unit]);
    left -= count * units[unit];
    if (count > 0) text += `${count}${unit}`;
  }
  return text || '0s';
}

/** For people: "15 min", "1 h 30 min", "42 s". */
export function describeDuration(durationMs: number): string {
  const names: [number, string, string][] = [
    [units.d, 'day', 'days'],
    [units.h, 'h', 'h'],
    [units.m, 'min', 'min'],
    [units.s, 's', 's'],
  ];
  let left = Math.round(durationMs / 1000) * 1000;
  const parts: string[] = [];
  for (const [size, one, many] of names) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${count === 1 ? one : many}`);
    if (parts.length === 2) break;
  }
  return parts.join(' ') || '0 s';
}
