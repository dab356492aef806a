/** What a number measures. A unit has its own ladder of prefixes. */
export type Unit = 'ratio' | 'bytes' | 'bytesPerSecond' | 'bits' | 'seconds' | 'count' | 'perSecond' | 'number';

/** A value as people read it: the number, and its unit apart, for it is set smaller. */
export interface Reading {
  number: string;
  unit: string;
}

/** One rung: values from `from` on are divided by `size` and called `name`. */
interface Rung {
  size: number;
  name: string;
}

const minus = '\u2212';
const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'];
const decimal = ['', 'k', 'M', 'G', 'T'];

const ladders: Record<Unit, Rung[]> = {
  ratio: [{ size: 0.01, name: '%' }],
  bytes: binary.map((prefix, i) => ({ size: 1024 ** i, name: `${prefix}B` })),
  bytesPerSecond: binary.map((prefix, i) => ({ size: 1024 ** i, name: `${prefix}B/s` })),
  bits: decimal.map((prefix, i) => ({ size: 1000 ** i, name: `${prefix}bit/s` })),
  count: decimal.map((prefix, i) => ({ size: 1000 ** i, name: prefix })),
  perSecond: decimal.map((prefix, i) => ({ size: 1000 ** i, name: `${prefix}/s` })),
  number: [
    { size: 1, name: '' },
    { size: 1e6, name: 'M' },
    { size: 1e9, name: 'G' },
    { size: 1e12, name: 'T' },
  ],
  seconds: [
    { size: 1e-9, name: 'ns' },
    { size: 1e-6, name: 'µs' },
    { size: 1e-3, name: 'ms' },
    { size: 1, name: 's' },
    { size: 60, name: 'min' },
    { size: 3600, name: 'h' },
    { size: 86_400, name: 'd' },
  ],
};

/** The widest that {@link print} writes in a unit, in digits: so much room a value keeps, whatever it is just now. */
export const readingWidths: Record<Unit, number> = {
  ratio: 7, // 0.508%, 5.1e−4%
  bytes: 8, // 1011 MiB
  bytesPerSecond: 10,
  bits: 11, // 1.02 kbit/s
  count: 6,
  perSecond: 8,
  number: 7,
  seconds: 8, // 59.9 min
};

/** Three significant digits at most: what a card or a legend shows. */
export function read(value: number, unit: Unit, digits = 3): Reading {
  if (!Number.isFinite(value)) return { number: '–', unit: '' };
  const rung = rungFor(value, unit);
  const size = Math.abs(value) / rung.size;
  // What would be rounded away is still not nothing.
  const number = size > 0 && size < 0.001 ? size.toExponential(1).replace('-', minus) : significant(size, digits);
  return { number: withSign(number, value), unit: rung.name };
}

/** Three digits always: what a live number is printed with, so that what stands beside it stays where it is. */
export function readSteady(value: number, unit: Unit): Reading {
  const reading = read(value, unit);
  const digits = reading.number.replace(/\D/g, '').length;
  const whole = unit === 'count' || reading.unit === 'B' || reading.unit === 'B/s';
  if (whole || !Number.isFinite(value) || digits >= 3 || reading.number.includes('e')) return reading;
  const decimals = Math.abs(value) / rungFor(value, unit).size < 10 ? 2 : 1;
  return { ...reading, number: Number(reading.number.replace(minus, '-')).toFixed(decimals).replace('-', minus) };
}

/**
 * The same in one string: "1.25 GiB", "57%", "4.2k", "−3 s".
 * @param floor of what is below it, only that is known: "< 1 ms".
 */
export function print(value: number, unit: Unit, floor = -Infinity): string {
  if (value < floor) return `< ${print(floor, unit)}`;
  const reading = read(value, unit);
  return join(reading.number, reading.unit);
}

/** Labels for an axis: one rung for all, and as many decimals as their distance needs. */
export function printAxis(values: readonly number[], unit: Unit): string[] {
  const highest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const rung = rungFor(highest, unit);
  const distance = values.length > 1 ? Math.abs(values[1] - values[0]) / rung.size : 1;
  const decimals = distance > 0 ? Math.min(3, Math.max(0, decimalsOf(distance))) : 0;
  return values.map((value) => {
    if (value === 0 && unit !== 'ratio') return '0';
    const number = Math.abs(value) / rung.size;
    return join(withSign(number.toFixed(decimals), value), rung.name);
  });
}

/** A change between two values: percentage points for ratios, else a percentage of the former. */
export function printChange(now: number, before: number, unit: Unit): string | null {
  if (!Number.isFinite(now) || !Number.isFinite(before)) return null;
  if (unit === 'ratio') return `${significant(Math.abs(now - before) * 100, 2)} pt`;
  if (before === 0) return now === 0 ? '0%' : null;
  const change = Math.abs(now / before - 1);
  return change >= 10 ? `×${significant(now / before, 2)}` : `${significant(change * 100, 2)}%`;
}

/** Distances between grid lines that are round in the unit. */
export function axisIncrements(unit: Unit): number[] | undefined {
  if (unit === 'bytes' || unit === 'bytesPerSecond') return Array.from({ length: 52 }, (_, i) => 2 ** i);
  if (unit === 'count')
    return [1, 2, 5].flatMap((n) => Array.from({ length: 15 }, (_, i) => n * 10 ** i)).sort(ascending);
  return undefined;
}

function rungFor(value: number, unit: Unit): Rung {
  const ladder = ladders[unit];
  if (unit === 'seconds' && value === 0) return ladder[3];
  let rung = ladder[0];
  // 999.6 would be rounded to "1000": it belongs to the next rung already.
  for (const next of ladder) if (Math.abs(value) >= next.size * 0.9995) rung = next;
  return rung;
}

function significant(value: number, digits = 3): string {
  if (value === 0) return '0';
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(value)));
  const text = value.toFixed(Math.min(decimals, digits));
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function withSign(text: string, value: number): string {
  return value < 0 && Number(text.replace(minus, '-')) !== 0 ? minus + text : text;
}

/** A percent sign and a bare prefix stand close to the number, units with letters of their own apart. */
function join(number: string, unit: string): string {
  const close =
    unit === '' ||
    unit === '%' ||
    (unit.length === 1 && 'kMGT'.includes(unit)) ||
    (unit.endsWith('/s') && !unit.endsWith('B/s') && !unit.endsWith('bit/s'));
  return close ? number + unit : `${number} ${unit}`;
}

function decimalsOf(distance: number): number {
  for (let decimals = 0; decimals < 3; decimals++) {
    const scaled = distance * 10 ** decimals;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-9 * Math.max(1, scaled)) return decimals;
  }
  return 3;
}

function ascending(a: number, b: number): number {
  return a - b;
}
