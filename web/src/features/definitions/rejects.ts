import type { RejectsAnswer } from '../../lib/api/schema';

/** A rule that events broke, with the newest of them as an example. */
export interface RejectRow {
  key: string;
  type: string;
  field: string;
  rule: string;
  /** Of the example; "" when the field was missing. */
  value: string;
  count: number;
  lastSeenMs: number;
  /** The newest event that broke it, as it was sent; "" when it is no longer remembered. */
  example: string;
}

export function rejectRows({ by_rule, recent }: Pick<RejectsAnswer, 'by_rule' | 'recent'>): RejectRow[] {
  return by_rule.map((one) => {
    // A rule that names a moment is counted without it: "must not be after …".
    const start = one.rule.replace(/ …$/, '');
    const example = recent.find(
      (event) => event.type === one.type && event.field === one.field && event.rule.startsWith(start),
    );
    return {
      key: JSON.stringify([one.type, one.field, one.rule]),
      type: one.type,
      field: one.field,
      rule: one.rule,
      value: example?.value ?? '',
      count: one.count,
      lastSeenMs: Date.parse(one.last_seen),
      example: example?.event ?? '',
    };
  });
}

/** How many events a definition's own rules rejected, by its name: the rules name it. */
export function rejectedBy(answer: Pick<RejectsAnswer, 'by_rule'>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { rule, count } of answer.by_rule) {
    const name = /\(definition ([^)]+)\)$/.exec(rule)?.[1];
    if (name) counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return counts;
}
