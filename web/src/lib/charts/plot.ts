import uPlot from 'uplot';
import { print, printAxis } from '../format/units';
import { printTimeAxis } from '../format/dates';
import type { Columns } from '../live/columns';
import { labelRoom, pageGutter } from './gutter';
import { palette } from './palette';
import type { PanelDefinition } from './panel';
import { holePaths } from './paths';
import { drawScheduler } from './scheduler';
import type { ChartSeries } from './series';
import { lowerEdge, stack } from './stack';
import { drawThreshold } from './threshold';
import { fitAxis, fixedAxis, gridLines, type Axis } from './y-axis';

export interface PlotEvents {
  /** The crosshair stands at this point, here or on another chart; null when it is gone. */
  cursor(index: number | null): void;
  /** A stretch of time was selected by dragging. */
  select(fromMs: number, toMs: number): void;
}

export interface PlotWindow {
  fromMs: number;
  toMs: number;
  /** The newest point is now: it gets a dot. */
  live: boolean;
}

const crosshair = 'page';
const dashedAtMost = 60;

/** A uPlot chart over columns: its series are fixed, its data streams. */
export class Plot {
  readonly #chart: uPlot;
  /** In uPlot's order. A stack is drawn from the top down: where edges meet, that of the larger part below is seen. */
  readonly #drawn: readonly ChartSeries[];
  #axis: Axis;
  #hidden: ReadonlySet<string> = new Set();
  #live = false;
  /** Upper edges of stacked series; grown as needed, never per draw. */
  #sums: Float64Array[] = [];

  constructor(
    target: HTMLElement,
    private readonly series: readonly ChartSeries[],
    private readonly definition: PanelDefinition,
    private readonly events: PlotEvents | null,
    size: { width: number; height: number },
    /** Everything is drawn this many times as large: for pictures. */
    private readonly scale = 1,
  ) {
    this.#drawn = definition.stacked ? [...series].reverse() : series;
    this.#axis = fixedAxis(definition.max ?? 1);
    const scaled = { width: size.width * scale, height: size.height * scale };
    this.#chart = new uPlot(this.#options(scaled), [[0], ...series.map(() => [NaN])] as uPlot.AlignedData, target);
  }

  draw(columns: Columns, window: PlotWindow, hidden: ReadonlySet<string>): void {
    const data = this.#data(columns, hidden);
    this.#hidden = hidden;
    this.#live = window.live;
    this.#axis = this.#fit(data.slice(1));
    this.#chart.batch(() => {
      this.#drawn.forEach((series, i) => (this.#chart.series[i + 1].show = !hidden.has(series.identity)));
      this.#chart.setData(data as uPlot.AlignedData, false);
      this.#chart.setScale('x', { min: window.fromMs, max: window.toMs });
    });
  }

  /** Whether it has not been so large already. */
  resize(width: number, height: number): boolean {
    if (width === this.#chart.width && height === this.#chart.height) return false;
    this.#chart.setSize({ width, height });
    return true;
  }

  /** Draws again with the colours and fonts of now. */
  restyle(): void {
    this.#chart.redraw(false, true);
  }

  /** Puts the crosshair on a point, here and on the other charts. */
  pointAt(index: number): void {
    const left = this.#chart.valToPos(this.#chart.data[0][index], 'x');
    this.#chart.setCursor({ left, top: 0 }, true);
    // uPlot publishes only what the pointer does.
    uPlot.sync(crosshair).pub('mousemove', this.#chart, left, 0, this.#chart.over.clientWidth, 1, index);
  }

  clearPoint(): void {
    this.#chart.setCursor({ left: -10, top: -10 }, true);
    uPlot.sync(crosshair).pub('mousemove', this.#chart, -10, -10, this.#chart.over.clientWidth, 1, 0);
  }

  /** Where a point is, in CSS pixels from the left edge of the plot's element. */
  leftOf(index: number): number {
    return this.#chart.over.offsetLeft + this.#chart.valToPos(this.#chart.data[0][index], 'x');
  }

  /** The stretch that is being selected, in CSS pixels from the left edge of the plot's element; null without one. */
  get selecting(): { left: number; width: number } | null {
    const { left, width } = this.#chart.select;
    return width > 0 ? { left: this.#chart.over.offsetLeft + left, width } : null;
  }

  get pointed(): number | null {
    return this.#chart.cursor.idx ?? null;
  }

  /** The chart as it is now, `factor` canvas pixels for one CSS pixel. */
  picture(columns: Columns, window: PlotWindow, factor: number): HTMLCanvasElement {
    const { width, height } = this.#chart;
    const host = document.createElement('div');
    const size = { width, height };
    const copy = new Plot(host, this.series, this.definition, null, size, factor / devicePixelRatio);
    copy.draw(columns, window, this.#hidden);
    const { canvas } = copy.#chart.ctx;
    copy.destroy();
    return canvas;
  }

  destroy(): void {
    drawScheduler.cancel(this.#realign);
    pageGutter.leave(this);
    this.#chart.destroy();
  }

  #data(columns: Columns, hidden: ReadonlySet<string>): Float64Array[] {
    const values = this.series.map((series) => columns.values(series.column));
    if (!this.definition.stacked) return [columns.times, ...values];

    const { length } = columns;
    if (!this.#sums[0] || this.#sums[0].length < length)
      this.#sums = this.series.map(() => new Float64Array(Math.max(length, columns.capacity)));
    const sums = this.#sums.map((sum) => sum.subarray(0, length));
    stack(
      values.map((column, i) => (hidden.has(this.series[i].identity) ? null : column)),
      sums,
      length,
    );
    return [columns.times, ...sums.reverse()];
  }

  #fit(shown: readonly Float64Array[]): Axis {
    const { max, unit, stacked, whole, thresholds = [] } = this.definition;
    let lowest = 0;
    let highest = 0;
    for (let i = 0; i < shown.length; i++) {
      if (this.#hidden.has(this.#drawn[i].identity)) continue;
      for (const value of shown[i]) {
        // No axis has room for what is infinite: it stands in the legend.
        if (value > highest && value < Infinity) highest = value;
        else if (value < lowest && value > -Infinity) lowest = value;
      }
    }
    // What there should not be, more than all there is, is shown and not cut off.
    if (max !== undefined && lowest >= 0 && highest <= max * 1.0005) return fixedAxis(max);
    // A threshold that the data comes near to belongs on the axis; one far above would only flatten the line.
    for (const { value } of thresholds) if (highest > value * 0.5) highest = Math.max(highest, value);
    if (whole) return { ...fitAxis(0, highest, unit, null), max: highest || 1 };
    // A little air above a line, but none above all there can be.
    const top = unit === 'ratio' && highest <= 1 ? Math.min(1, highest * 1.04) : highest * 1.04;
    return fitAxis(lowest, stacked ? highest : top, unit, this.#axis);
  }

  #options(size: { width: number; height: number }): uPlot.Options {
    const { scale, events } = this;
    const stroke = () => palette().text3;
    const text = scale * textScale();
    const font = `${11 * text}px Inter, system-ui, sans-serif`;
    return {
      ...size,
      ms: 1,
      legend: { show: false },
      padding: [10 * scale, 8 * scale, 0, 0],
      cursor: {
        show: events !== null,
        sync: { key: crosshair, scales: ['x', null], filters: { pub: isPointing, sub: () => true } },
        y: false,
        points: { size: 7, width: 2 },
        drag: { x: true, y: false, setScale: false, dist: 5 },
        bind: { dblclick: () => null },
        dataIdx: (u, series, index) =>
          (series === 0 || isDrawn(u.data[series][index], this.definition) ? index : null) as number,
      },
      scales: {
        x: { time: true, auto: false, range: (_u, min, max) => [min, max] },
        y: { auto: true, range: () => [this.#axis.min, this.#axis.max] },
      },
      axes: [
        {
          stroke,
          font,
          grid: { show: false },
          ticks: { show: false },
          size: 8 * scale + 18 * text,
          gap: 6 * scale,
          // Four to five labels, and never so many that they touch.
          space: (_u, _axis, _min, _max, width) => Math.max(64 * text, width / 6),
          values: (u, times, _axis, _space, stepMs) => withoutCutOff(u, times, printTimeAxis(times, stepMs), text),
        },
        {
          stroke,
          font,
          grid: { stroke: () => palette().grid, width: scale },
          ticks: { show: false },
          size: (_u, labels) => scale * this.#gutter(labels ?? []),
          gap: 8 * scale,
          splits: () => gridLines(this.#axis),
          values: (_u, lines) => this.#labels(lines),
        },
      ],
      series: [
        {},
        ...this.#drawn.map((series) => ({
          label: series.name,
          auto: false,
          alpha: series.rest ? 0.45 : 1,
          // The eighth colour is as grey as the rest; hundreds of dashed lines would cost more than they tell.
          dash: series.rest && this.#drawn.length <= dashedAtMost ? [3 * scale, 3 * scale] : undefined,
          stroke: () => palette().series[series.colour],
          fill: this.#fillOf(series),
          // The rasteriser has a fast path for lines of one pixel: 1.5 costs four times as much.
          width: devicePixelRatio * scale > 1 ? 1.5 * scale : 1,
          points: { show: false },
          paths: holePaths(this.#lowerEdgeOf(series), this.definition.floor),
        })),
      ],
      hooks: {
        drawAxes: [(u) => this.#drawThresholds(u)],
        draw: [(u) => this.#drawEndPoints(u), markFirstChart],
        setCursor: [(u) => events?.cursor(u.cursor.idx ?? null)],
        setSelect: [(u) => this.#selected(u)],
      },
    };
  }

  /** A picture is alone; the charts of a page stand one above the other. */
  #gutter(labels: readonly string[]): number {
    const lengths = labels.map((label) => label.length);
    const width = labelRoom(lengths, this.definition.unit, textScale());
    if (this.events === null) return width;
    return pageGutter.take(this, width, () => drawScheduler.request(this.#realign));
  }

  readonly #realign = () => this.#chart.redraw(false, true);

  #labels(lines: readonly number[]): string[] {
    const { unit } = this.definition;
    const last = lines.length - 1;
    const even = last < 2 || Math.abs(lines[last] - 2 * lines[last - 1] + lines[last - 2]) < 1e-6 * lines[last];
    return even ? printAxis(lines, unit) : [...printAxis(lines.slice(0, -1), unit), print(lines[last], unit)];
  }

  #fillOf(series: ChartSeries): uPlot.Series.Fill | undefined {
    if (this.definition.blank?.includes(series.name)) return undefined;
    if (!this.definition.stacked && !this.#hasAreas) return undefined;
    return () => {
      const { series: colours, area } = palette();
      return translucent(colours[series.colour], this.definition.stacked ? area * 2 : area);
    };
  }

  #lowerEdgeOf(series: ChartSeries): ((k: number) => number) | null {
    if (this.definition.stacked) {
      const index = this.series.indexOf(series);
      return (k) => lowerEdge(this.#sums, index, k);
    }
    return this.#hasAreas ? () => 0 : null;
  }

  get #hasAreas(): boolean {
    return this.series.length === 1 || this.definition.area === true;
  }

  #drawThresholds(u: uPlot): void {
    for (const one of this.definition.thresholds ?? [])
      if (one.value <= this.#axis.max) drawThreshold(u, one, this.scale);
  }

  /** The newest sample of a live line; a series that has none now has no dot. */
  #drawEndPoints(u: uPlot): void {
    if (!this.#live || this.definition.stacked) return;
    const { ctx } = u;
    const ratio = devicePixelRatio * this.scale;
    const k = u.data[0].length - 1;
    ctx.save();
    this.#drawn.forEach((series, i) => {
      const value = u.data[i + 1][k];
      if (series.rest || !u.series[i + 1].show || !isDrawn(value, this.definition)) return;
      const x = u.valToPos(u.data[0][k], 'x', true);
      const y = u.valToPos(value, 'y', true);
      ctx.fillStyle = palette().series[series.colour];
      for (const [radius, alpha] of [
        [5, 0.25],
        [2.25, 1],
      ]) {
        ctx.globalAlpha = alpha;
        ctx.beginPath();
        ctx.arc(x, y, radius * ratio, 0, 2 * Math.PI);
        ctx.fill();
      }
    });
    ctx.restore();
  }

  #selected(u: uPlot): void {
    const { left, width } = u.select;
    if (width === 0) return;
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.events?.select(u.posToVal(left, 'x'), u.posToVal(left + width, 'x'));
  }
}

/** Whether there is a point at a value: not where nothing is known of it, or only that it is small. */
function isDrawn(value: number | null | undefined, { floor = -Infinity }: PanelDefinition): value is number {
  return value !== null && value !== undefined && value >= floor;
}

/** How large the viewer wants text; canvas knows no rem. */
function textScale(): number {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1;
}

/** A label that would be cut off by the chart's edge is left out. */
function withoutCutOff(u: uPlot, times: readonly number[], labels: string[], scale: number): string[] {
  const rightSpare = 8 * scale;
  const width = u.bbox.width / devicePixelRatio;
  return labels.map((label, i) => {
    const halfWidth = label.length * 3.2 * scale;
    return u.valToPos(times[i], 'x') + halfWidth > width + rightSpare ? '' : label;
  });
}

/** Charts share where the pointer is, not what it drags. */
function isPointing(type: string): boolean {
  return type === 'mousemove' || type === 'mouseleave';
}

/** The tokens are written as #rrggbb. */
function translucent(colour: string, opacity: number): string {
  return (
    colour +
    Math.round(opacity * 255)
      .toString(16)
      .padStart(2, '0')
  );
}

let marked = false;

/** For the page's own budget: when the first chart stood there. */
function markFirstChart(u: uPlot): void {
  if (marked || u.data[0].length < 2) return;
  marked = true;
  performance.mark('first-chart');
}
