import type { FieldError } from '../../lib/api/api';

/** The parts of the form that show a mistake beneath them, as the server names them. A part also owns what is below it. */
const places = [
  'name',
  'unit',
  'help',
  'aggregation',
  'field',
  'percentile',
  'window',
  'labels',
  'validate',
  'thresholds',
  'source.promql',
  ...['source', 'numerator', 'denominator'].flatMap((source) => [
    `${source}.where`,
    `${source}.event`,
    `${source}.field`,
    source,
  ]),
];

/** The mistakes of a definition, each in the part of the form that it belongs to; "" for those of none. */
export function byPlace(errors: readonly FieldError[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string[]>();
  for (const { field, value, rule } of errors) {
    const place = places.find((one) => field === one || field.startsWith(`${one}.`)) ?? '';
    const inner = place === '' ? field : field.slice(place.length + 1);
    const text = [inner, value === null || value === '' ? '' : `“${value}”`, rule].filter((part) => part).join(' ');
    texts.set(place, [...(texts.get(place) ?? []), text]);
  }
  return new Map([...texts].map(([place, all]) => [place, `${sentence(all.join('; '))}.`]));
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).replace(/\.$/, '');
}
