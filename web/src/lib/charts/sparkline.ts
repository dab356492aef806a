const width = 200;
const height = 36;

export interface SparkPaths {
  line: string;
  area: string;
  /** Where the threshold's line goes; null when the values are far below it. */
  thresholdY: number | null;
}

/** SVG paths in a box of 200 × 36. Missing values are holes, as in any other chart. */
export function sparkPaths(values: ArrayLike<number>, threshold?: number): SparkPaths {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  if (high === -Infinity) return { line: '', area: '', thresholdY: null };

  // The threshold's line would press a calm curve flat: it is drawn from two thirds of it on.
  const near = threshold !== undefined && high >= threshold * 0.66;
  if (near) high = Math.max(high, threshold);
  // A hundredth of the value at least, so that noise does not look like drama.
  const pad = Math.max((high - low) * 0.12, Math.abs(high) * 0.01) || 1;
  const y = (value: number) => round(height - ((value - low + pad) / (high - low + 2 * pad)) * (height - 2));
  const x = (index: number) => round((index * width) / Math.max(1, values.length - 1));

  let line = '';
  let area = '';
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    const begin = i;
    let run = `M${x(i)} ${y(values[i])}`;
    while (i + 1 < values.length && !Number.isNaN(values[i + 1])) run += `L${x(++i)} ${y(values[i])}`;
    line += run;
    if (i > begin) area += `${run}L${x(i)} ${height}L${x(begin)} ${height}Z`;
  }
  return { line, area, thresholdY: near ? y(threshold) : null };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
