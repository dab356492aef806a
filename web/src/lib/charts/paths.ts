import type uPlot from 'uplot';

/**
 * Lines and areas over columns in which NaN is a hole. uPlot's own builder knows holes as null, which a typed array
 * cannot hold, and would draw across them.
 */
export function holePaths(
  /** The lower edge of the area under a point, in values; without it there is only a line. */
  lower: ((k: number) => number) | null,
  /** Values below it are not known exactly: they are holes too. */
  floor = -Infinity,
): uPlot.Series.PathBuilder {
  return (u, series, first, last) => {
    const times = u.data[0] as Float64Array;
    const values = u.data[series] as Float64Array;
    const x = pixels(u, 'x');
    const y = pixels(u, 'y');
    const stroke = new Path2D();
    const fill = lower ? new Path2D() : null;
    const crisp = (pixel: number) => Math.round(pixel);

    for (let k = first; k <= last; k++) {
      if (!(values[k] >= floor)) continue; // not a number, too
      const begin = k;
      while (k < last && values[k + 1] >= floor) k++;
      drawRun(begin, k);
    }
    return { stroke, fill, flags: 0 };

    function drawRun(begin: number, end: number): void {
      const startX = crisp(x(times[begin]));
      stroke.moveTo(startX, crisp(y(values[begin])));
      // A sample alone between two holes is a dash: it was there.
      if (begin === end) stroke.lineTo(startX + dash, crisp(y(values[begin])));
      for (let k = begin + 1; k <= end; k++) stroke.lineTo(crisp(x(times[k])), crisp(y(values[k])));

      if (!fill || !lower) return;
      if (begin === end) {
        const top = crisp(y(values[begin]));
        fill.rect(startX, top, dash, crisp(y(lower(begin))) - top);
        return;
      }
      fill.moveTo(startX, crisp(y(values[begin])));
      for (let k = begin + 1; k <= end; k++) fill.lineTo(crisp(x(times[k])), crisp(y(values[k])));
      for (let k = end; k >= begin; k--) fill.lineTo(crisp(x(times[k])), crisp(y(lower(k))));
      fill.closePath();
    }
  };
}

/** Canvas pixels; negative, so that the newest sample is not drawn beyond the edge. */
const dash = -2;

/** Value → canvas pixel, as one multiplication: `valToPos` looks its scale up anew for each point. */
function pixels(u: uPlot, key: 'x' | 'y'): (value: number) => number {
  const scale = u.scales[key];
  const min = scale.min!;
  const factor = 1 / (scale.max! - min);
  const { left, top, width, height } = u.bbox;
  return key === 'x'
    ? (value) => left + (value - min) * factor * width
    : (value) => top + height - (value - min) * factor * height;
}
