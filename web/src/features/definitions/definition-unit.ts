import type { Definition, WrittenDefinition } from '../../lib/api/schema';
import type { PanelThreshold } from '../../lib/charts/panel';
import { print, type Unit } from '../../lib/format/units';

/** How a definition's values are printed, and the word that follows those whose unit has no ladder of its own. */
export function unitOf({ unit = '', aggregation }: Pick<WrittenDefinition, 'unit' | 'aggregation'>): {
  unit: Unit;
  suffix: string;
} {
  const perSecond = aggregation === 'rate';
  if (unit === 'seconds' || unit === 's') return { unit: 'seconds', suffix: perSecond ? '/ s' : '' };
  if (unit === 'bytes' || unit === 'By') return { unit: perSecond ? 'bytesPerSecond' : 'bytes', suffix: '' };
  if (unit === 'ratio' || (unit === '' && aggregation === 'ratio')) return { unit: 'ratio', suffix: '' };
  if (perSecond) return { unit: unit ? 'count' : 'perSecond', suffix: unit && `${unit} / s` };
  return { unit: 'count', suffix: unit };
}

/** The lines that a definition's value should not cross, in the unit that it is printed in. */
export function thresholdLines(
  definition: Pick<WrittenDefinition, 'unit' | 'aggregation' | 'thresholds'>,
): PanelThreshold[] {
  const { unit } = unitOf(definition);
  return (definition.thresholds ?? []).flatMap(({ severity, above, below }) => {
    const state = severity === 'critical' ? ('crit' as const) : ('warn' as const);
    return [
      ...(above === undefined ? [] : [{ value: above, label: `${severity} above ${print(above, unit)}`, state }]),
      ...(below === undefined
        ? []
        : [{ value: below, label: `${severity} below ${print(below, unit)}`, state, below: true }]),
    ];
  });
}

/** What it counts, in a few words: "sum of value, of business". */
export function describe(definition: WrittenDefinition): string {
  if (definition.source?.promql !== undefined) return 'PromQL, each 10 s';
  if (definition.aggregation === 'ratio')
    return `${sourceText(definition.numerator)} to ${sourceText(definition.denominator)}`;
  const field = definition.field ?? definition.source?.field;
  const kind =
    definition.aggregation === 'percentile' ? `p${definition.percentile ?? 95}` : (definition.aggregation ?? 'count');
  return `${kind}${field ? ` of ${field}` : ''}, ${sourceText(definition.source)}`;
}

function sourceText(source: Definition['source']): string {
  const where = Object.entries(source?.where ?? {}).map(([field, value]) =>
    value !== null && typeof value === 'object' ? `${field} …` : `${field} = ${String(value)}`,
  );
  return [source?.event, ...where].join(', ');
}

/** The expression of a definition over a window; `overall` takes all its labels together. */
export function expressionOver(
  definition: Pick<Definition, 'expression' | 'labels'>,
  windowMs: number,
  overall = false,
): string {
  let { expression } = definition;
  const names = (definition.labels ?? []).map((label) => labelName(label)).join(', ');
  if (overall && names !== '')
    expression = expression.replaceAll(`by (le, ${names})`, 'by (le)').replaceAll(` by (${names})`, '');
  return expression.replaceAll('$w', `${windowMs}ms`).replaceAll('$seconds', String(windowMs / 1000));
}

function labelName(label: NonNullable<Definition['labels']>[number]): string {
  const { field, name } = typeof label === 'string' ? { field: label, name: undefined } : label;
  return name ?? field.replace(/[^a-zA-Z0-9]/g, '_');
}
