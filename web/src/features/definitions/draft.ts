import type { FieldError } from '../../lib/api/api';
import type { Definition, WrittenDefinition } from '../../lib/api/schema';

export type Aggregation = NonNullable<WrittenDefinition['aggregation']>;

/** How the ways to make a number of events read in the form. */
export const aggregations: Readonly<Record<Aggregation, string>> = {
  count: 'Count: how many',
  sum: 'Sum of a field',
  rate: 'Rate: how many, or how much, a second',
  avg: 'Average of a field',
  min: 'Lowest of a field',
  max: 'Highest of a field',
  percentile: 'Percentile of a field',
  ratio: 'Ratio of two',
  distinct: 'Distinct: how many different ones',
};

/** What a condition asks of a field. */
export const operators = {
  is: 'is',
  in: 'is one of',
  not: 'is not',
  min: 'is at least',
  max: 'is at most',
  exists: 'is there',
  missing: 'is missing',
} as const;

/** Everything in the form is text, as it is typed. */
export interface ConditionDraft {
  field: string;
  operator: keyof typeof operators;
  value: string;
}

export interface SourceDraft {
  event: string;
  where: ConditionDraft[];
  field: string;
}

export interface LabelDraft {
  field: string;
  name: string;
  hash: boolean;
}

export interface RuleDraft {
  field: string;
  required: boolean;
  type: '' | 'text' | 'number' | 'boolean';
  min: string;
  max: string;
  /** Separated by commas. */
  allowed: string;
}

export interface ThresholdDraft {
  severity: 'warning' | 'critical';
  side: 'above' | 'below';
  value: string;
}

/** A definition while it is written. */
export interface Draft {
  name: string;
  unit: string;
  help: string;
  from: 'events' | 'promql';
  promql: string;
  aggregation: Aggregation;
  source: SourceDraft;
  numerator: SourceDraft;
  denominator: SourceDraft;
  percentile: string;
  window: '1m' | '1h' | '1d';
  labels: LabelDraft[];
  validate: RuleDraft[];
  thresholds: ThresholdDraft[];
}

const emptySource = (): SourceDraft => ({ event: '', where: [], field: '' });

export function emptyDraft(): Draft {
  return {
    name: '',
    unit: '',
    help: '',
    from: 'events',
    promql: '',
    aggregation: 'count',
    source: emptySource(),
    numerator: emptySource(),
    denominator: emptySource(),
    percentile: '95',
    window: '1h',
    labels: [],
    validate: [],
    thresholds: [],
  };
}

/** Whether an aggregation reads a field, must, may or does not. */
export function fieldUse(aggregation: Aggregation): 'needed' | 'possible' | 'none' {
  if (aggregation === 'ratio') return 'none'; // each of the two has its own
  return aggregation === 'count' || aggregation === 'rate' ? 'possible' : 'needed';
}

/** The form's fields of a definition that is there. */
export function draftOf(definition: WrittenDefinition): Draft {
  const empty = emptyDraft();
  return {
    ...empty,
    name: definition.name,
    unit: definition.unit ?? '',
    help: definition.help ?? '',
    from: definition.source?.promql === undefined ? 'events' : 'promql',
    promql: definition.source?.promql ?? '',
    aggregation: definition.aggregation ?? 'count',
    // The field may stand beside the source or within it.
    source: sourceDraft({ field: definition.field, ...definition.source }),
    numerator: sourceDraft(definition.numerator),
    denominator: sourceDraft(definition.denominator),
    percentile: String(definition.percentile ?? empty.percentile),
    window: definition.window ?? empty.window,
    labels: (definition.labels ?? []).map((label) =>
      typeof label === 'string'
        ? { field: label, name: '', hash: false }
        : { field: label.field, name: label.name ?? '', hash: label.hash ?? false },
    ),
    validate: (definition.validate ?? []).map((rule) => ({
      field: rule.field,
      required: rule.required ?? false,
      type: rule.type ?? '',
      min: textOf(rule.min),
      max: textOf(rule.max),
      allowed: (rule.allowed ?? []).map(textOf).join(', '),
    })),
    thresholds: (definition.thresholds ?? []).flatMap(({ severity, above, below }): ThresholdDraft[] => [
      ...(above === undefined ? [] : [{ severity, side: 'above' as const, value: textOf(above) }]),
      ...(below === undefined ? [] : [{ severity, side: 'below' as const, value: textOf(below) }]),
    ]),
  };
}

function sourceDraft(source: Definition['source']): SourceDraft {
  return {
    event: source?.event ?? '',
    field: source?.field ?? '',
    where: Object.entries(source?.where ?? {}).flatMap(([field, value]) => conditionsOf(field, value)),
  };
}

function conditionsOf(field: string, value: unknown): ConditionDraft[] {
  if (Array.isArray(value)) return [{ field, operator: 'in', value: value.map(textOf).join(', ') }];
  if (value === null || typeof value !== 'object') return [{ field, operator: 'is', value: textOf(value) }];
  return Object.entries(value).map(([name, limit]) =>
    name === 'exists'
      ? { field, operator: limit === true ? 'exists' : 'missing', value: '' }
      : { field, operator: name as 'min' | 'max' | 'not', value: textOf(limit) },
  );
}

/** The definition as the API takes it. What was not filled in is left out; what is wrong, the server says. */
export function writtenOf(draft: Draft): WrittenDefinition {
  const common = {
    name: draft.name.trim(),
    unit: draft.unit.trim() || undefined,
    help: draft.help.trim() || undefined,
    validate: draft.from === 'events' ? orNothing(draft.validate.filter(isWritten).map(ruleOf)) : undefined,
    thresholds: orNothing(
      draft.thresholds
        .filter(isWritten)
        .map(({ severity, side, value }) => ({ severity, [side]: scalarOf(value) as number })),
    ),
  };
  if (draft.from === 'promql') return { ...common, source: { promql: draft.promql } };
  const { aggregation } = draft;
  const counted = { ...common, aggregation, labels: orNothing(draft.labels.filter(isWritten).map(labelOf)) };
  if (aggregation === 'ratio')
    return { ...counted, numerator: sourceOf(draft.numerator), denominator: sourceOf(draft.denominator) };
  const { field, ...source } = sourceOf(draft.source);
  return {
    ...counted,
    source,
    field: fieldUse(aggregation) === 'none' ? undefined : field,
    percentile: aggregation === 'percentile' ? (scalarOf(draft.percentile) as number) : undefined,
    window: aggregation === 'distinct' ? draft.window : undefined,
  };
}

function sourceOf(draft: SourceDraft): NonNullable<WrittenDefinition['source']> {
  const where: Record<string, unknown> = {};
  const conditions = draft.where.filter(isWritten);
  for (const { field, operator, value } of conditions) {
    if (operator === 'is') where[field] = scalarOf(value);
    else if (operator === 'in') where[field] = listOf(value);
    else {
      const limit =
        operator === 'exists'
          ? { exists: true }
          : operator === 'missing'
            ? { exists: false }
            : { [operator]: scalarOf(value) };
      const before = where[field];
      where[field] = { ...(isObject(before) ? before : {}), ...limit };
    }
  }
  return {
    event: draft.event.trim() || undefined,
    where: conditions.length > 0 ? where : undefined,
    field: draft.field.trim() || undefined,
  };
}

/** What the server cannot see, as the two would have become one on the way to it. */
export function conflictsIn(draft: Draft): FieldError[] {
  if (draft.from === 'promql') return [];
  const sources = draft.aggregation === 'ratio' ? (['numerator', 'denominator'] as const) : (['source'] as const);
  return sources.flatMap((name) => {
    const where = draft[name].where.filter(isWritten);
    const doubled = where.filter(({ field, operator }, i) =>
      where.some(
        (other, k) =>
          k < i &&
          other.field === field &&
          (other.operator === operator || [other.operator, operator].some((one) => one === 'is' || one === 'in')),
      ),
    );
    return doubled.map(({ field, value }) => ({
      field: `${name}.where.${field}`,
      value,
      rule: 'must not have two conditions that exclude each other or say the same',
    }));
  });
}

/** A row in which nothing was written yet says nothing: it is neither sent nor wrong. */
function isWritten(row: LabelDraft | RuleDraft | ConditionDraft | ThresholdDraft): boolean {
  const said =
    'severity' in row
      ? [row.value]
      : Object.entries(row).flatMap(([key, value]) => (key === 'operator' ? [] : [value]));
  return said.some((one) => one === true || (typeof one === 'string' && one.trim() !== ''));
}

function labelOf({ field, name, hash }: LabelDraft) {
  return name.trim() || hash ? { field, name: name.trim() || undefined, hash: hash || undefined } : field;
}

function ruleOf(rule: RuleDraft) {
  return {
    field: rule.field,
    required: rule.required || undefined,
    type: rule.type || undefined,
    min: rule.min.trim() ? (scalarOf(rule.min) as number) : undefined,
    max: rule.max.trim() ? (scalarOf(rule.max) as number) : undefined,
    allowed: rule.allowed.trim() ? listOf(rule.allowed) : undefined,
  };
}

/** A number or a truth value where the text is exactly one; else the text. */
function scalarOf(text: string): string | number | boolean {
  const trimmed = text.trim();
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true';
  // No more digits than a number keeps: an id stays the text that it is.
  return /^-?(0|[1-9]\d{0,14})(\.\d{1,9})?$/.test(trimmed) ? Number(trimmed) : trimmed;
}

function listOf(text: string): (string | number | boolean)[] {
  return text
    .split(',')
    .map(scalarOf)
    .filter((one) => one !== '');
}

function textOf(value: unknown): string {
  return value === undefined || value === null ? '' : String(value);
}

function orNothing<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
