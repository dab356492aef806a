import { print } from '../format/units';
import type { Columns } from '../live/columns';
import type { PanelDefinition } from './panel';
import type { ChartSeries } from './series';

const seriesTold = 6;

/** What a chart shows, in words, for those who do not see it. */
export function summarise(
  definition: PanelDefinition,
  range: string,
  columns: Columns,
  series: readonly ChartSeries[],
): string {
  const told = series.slice(0, seriesTold).map((one) => {
    const values = columns.values(one.column);
    const highest = values.reduce((max, value) => (value > max ? value : max), -Infinity);
    const now = columns.last(one.column);
    if (highest === -Infinity) return `${one.name}: no samples`;
    const { unit, floor } = definition;
    const nowText = Number.isNaN(now) ? 'no sample now' : `now ${print(now, unit, floor)}`;
    return `${one.name} ${nowText}, highest ${print(highest, unit, floor)}`;
  });
  const more = series.length > seriesTold ? [`${series.length - seriesTold} more series`] : [];
  return `${definition.title}, ${range.replace(/^L/, 'l')}. ${[...told, ...more].join('. ')}.`;
}
