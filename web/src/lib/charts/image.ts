import { palette } from './palette';
import type { ChartSeries } from './series';

/** Canvas pixels for each CSS pixel, whatever the screen has. */
export const pictureScale = 2;

/** A chart (drawn at {@link pictureScale}) as a picture with its title, time range and legend. */
export async function toPng(
  chart: HTMLCanvasElement,
  title: string,
  range: string,
  legend: readonly { series: ChartSeries; value: string }[],
): Promise<Blob> {
  const scale = pictureScale;
  const chartWidth = chart.width / scale;
  const chartHeight = chart.height / scale;
  const pad = 16;
  const width = chartWidth + 2 * pad;
  const header = 44;
  const footer = 40;
  const canvas = document.createElement('canvas');
  canvas.width = width * scale;
  canvas.height = (header + chartHeight + footer) * scale;

  const colours = palette();
  const ctx = canvas.getContext('2d')!;
  ctx.scale(scale, scale);
  ctx.fillStyle = colours.surface1;
  ctx.fillRect(0, 0, width, canvas.height);
  ctx.textBaseline = 'middle';
  ctx.fillStyle = colours.text1;
  ctx.font = '600 13px Inter, system-ui, sans-serif';
  ctx.fillText(title, pad, header / 2);
  const titleWidth = ctx.measureText(title).width;
  ctx.fillStyle = colours.text3;
  ctx.font = '12px Inter, system-ui, sans-serif';
  ctx.fillText(range, pad + titleWidth + 8, header / 2);
  ctx.drawImage(chart, pad, header, chartWidth, chartHeight);

  let x = pad;
  const y = header + chartHeight + footer / 2;
  for (const { series, value } of legend) {
    const text = `${series.name} ${value}`;
    const end = x + 14 + ctx.measureText(text).width;
    if (end > width - pad) break;
    ctx.fillStyle = colours.series[series.colour];
    ctx.fillRect(x, y - 1.5, 9, 3);
    ctx.fillStyle = colours.text2;
    ctx.fillText(text, x + 14, y);
    x = end + 14;
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture could not be made.'))), 'image/png'),
  );
}
