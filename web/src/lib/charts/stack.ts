/**
 * Sums series upwards, in place in `sums`: each becomes the upper edge of its area, from the first (bottom) on. A
 * missing sample adds nothing to those above it, and is itself missing. Hidden series (null) are left out.
 */
export function stack(values: readonly (Float64Array | null)[], sums: readonly Float64Array[], length: number): void {
  for (let k = 0; k < length; k++) {
    let sum = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]?.[k] ?? NaN;
      if (!Number.isNaN(value)) sum += value;
      sums[i][k] = Number.isNaN(value) ? NaN : sum;
    }
  }
}

/** The edge under a point of a stacked series: the nearest series below that has a sample there, else the axis. */
export function lowerEdge(sums: readonly Float64Array[], series: number, k: number): number {
  for (let i = series - 1; i >= 0; i--) if (!Number.isNaN(sums[i][k])) return sums[i][k];
  return 0;
}
