import type { Unit } from '../format/units';

export interface Axis {
  min: number;
  max: number;
  /** Distance of the grid lines. */
  increment: number;
}

/** Four to five lines, the outermost at the ends of the axis. */
const linesWanted = 4;

/**
 * The axis for values up to `highest`: from zero (below it only when values are), to a round number. It stays as it is
 * while the data fits and fills two fifths of it: an axis that jumps with each tick cannot be read.
 */
export function fitAxis(lowest: number, highest: number, unit: Unit, before: Axis | null): Axis {
  const low = Math.min(0, lowest);
  const high = Math.max(highest, low === 0 ? smallestTop(unit) : 0);
  const span = high - low;
  if (before && low >= before.min && high <= before.max && span > 0.4 * (before.max - before.min)) return before;
  const increment = roundIncrement(span / linesWanted, unit);
  return {
    min: Math.floor(low / increment) * increment,
    max: Math.ceil(high / increment - 1e-9) * increment,
    increment,
  };
}

/** An axis with a fixed upper end, such as 100 %. */
export function fixedAxis(max: number): Axis {
  return { min: 0, max, increment: max / linesWanted };
}

/** The lines of an axis; its end is one of them, also when it is not round, as that of a whole is not. */
export function gridLines(axis: Axis): number[] {
  const steps = (axis.max - axis.min) / axis.increment;
  const count = Math.floor(steps + 1e-9);
  const lines = Array.from({ length: count + 1 }, (_, i) => roundOff(axis.min + i * axis.increment));
  if (steps - count < 1e-9) return lines;
  // Two labels closer than this would touch.
  return [...(steps - count < 0.5 ? lines.slice(0, -1) : lines), axis.max];
}

/** Nothing at all still has an axis: a flat line at the bottom, not one in the middle of nowhere. */
function smallestTop(unit: Unit): number {
  if (unit === 'ratio') return 0.01;
  if (unit === 'bytes' || unit === 'bytesPerSecond') return 1024;
  return unit === 'seconds' ? 0.001 : 1;
}

function roundIncrement(rough: number, unit: Unit): number {
  if (unit === 'bytes' || unit === 'bytesPerSecond') {
    const base = 1024 ** Math.max(0, Math.floor(Math.log2(rough) / 10));
    // 250 KiB is rounder to the eye than 256 KiB, but a power of two divides evenly: 1 MiB has four of 256 KiB.
    for (const n of [1, 2, 4, 5, 6, 8, 10, 16, 20, 32, 50, 64, 100, 128, 200, 256, 512])
      if (n * base >= rough * 0.999) return n * base;
    return 1024 * base;
  }
  const base = 10 ** Math.floor(Math.log10(rough));
  for (const n of [1, 2, 2.5, 5]) if (n * base >= rough * 0.999 && (n !== 2.5 || unit === 'ratio')) return n * base;
  return 10 * base;
}

function roundOff(value: number): number {
  return Number(value.toPrecision(12));
}
