import { mount } from 'svelte';
import '../src/app.css';
import type { PanelDefinition } from '../src/lib/charts/panel';
import { Plot } from '../src/lib/charts/plot';
import { chartSeries } from '../src/lib/charts/series';
import { Columns } from '../src/lib/live/columns';
import { live } from '../src/lib/live/connection';
import BenchPage from './BenchPage.svelte';

const definition: PanelDefinition = {
  id: 'drawn',
  title: 'Drawn',
  subtitle: '',
  unit: 'number',
  by: ['wave'],
  expr: () => '',
};

/**
 * Draws one chart again and again, forcing its rasterisation each time.
 * @returns milliseconds per draw, in the order drawn.
 */
async function measureDraws(points: number, seriesCount: number, draws: number): Promise<number[]> {
  const columns = new Columns(1000, points);
  columns.setSeries(Array.from({ length: seriesCount }, (_, i) => ({ wave: String.fromCharCode(97 + i) })));
  const values = new Float64Array(seriesCount);
  const step = (k: number) => {
    for (let i = 0; i < seriesCount; i++) values[i] = 50 + 20 * Math.sin(k / 40 + i) + 5 * Math.sin(k * 1.7 + i);
    columns.append(k * 1000, values);
  };
  for (let k = 0; k < points; k++) step(k);

  const host = document.createElement('div');
  document.body.append(host);
  const plot = new Plot(
    host,
    chartSeries(columns.labels, definition, () => 0),
    definition,
    null,
    {
      width: 460,
      height: 220,
    },
  );
  const times: number[] = [];
  for (let k = 0; k < draws; k++) {
    step(points + k);
    const started = performance.now();
    plot.draw(columns, { fromMs: columns.firstMs, toMs: columns.lastMs, live: true }, new Set());
    await Promise.resolve(); // uPlot draws in a microtask
    host.querySelector('canvas')!.getContext('2d')!.getImageData(0, 0, 1, 1); // waits for the raster
    times.push(performance.now() - started);
    await new Promise(requestAnimationFrame);
  }
  plot.destroy();
  host.remove();
  return times;
}

Object.assign(window, { measureDraws });
live.open();
mount(BenchPage, { target: document.getElementById('app')! });
