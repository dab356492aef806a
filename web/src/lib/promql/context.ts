import { aggregations } from './functions';
import { follow, tokenize, type Enclosure, type Token } from './tokens';

interface Place {
  /** What a suggestion replaces. */
  from: number;
  to: number;
  /** What of it stands before the cursor. */
  prefix: string;
}

/** What may stand at a place of an expression. */
export type Context =
  /** A metric, a function or an aggregation begins here. */
  | (Place & { kind: 'operand' })
  /** Something has just ended: an operator, or a word such as "by" and "offset". */
  | (Place & { kind: 'operator'; afterAggregation: boolean })
  /** A label name, of the series that `selector` finds (null: of any). `matcher`: an operator and a value follow. */
  | (Place & { kind: 'label'; selector: string | null; taken: readonly string[]; matcher: boolean })
  /** A value of a label; `quote` is the one that opened it, and `closed` whether its end is there. */
  | (Place & { kind: 'value'; label: string; selector: string | null; quote: string; closed: boolean })
  | (Place & { kind: 'duration' });

/** Says what may stand where the cursor is; null where nothing is to be suggested (a comment, a plain string). */
export function contextAt(text: string, cursor: number): Context | null {
  const tokens = tokenize(text);
  const solid = tokens.filter((token) => token.kind !== 'space');
  // The token that the cursor is in or right behind.
  const at = solid.findIndex((token) => token.from < cursor && cursor <= token.to);
  const under = solid[at] as Token | undefined;
  if (under?.kind === 'comment') return null;
  const typed = under && isTyped(under, cursor) ? under : undefined;
  const before = solid.filter((token) => token.kind !== 'comment' && token.to <= (typed ? typed.from : cursor));
  const place: Place = typed
    ? { from: typed.from, to: typed.to, prefix: text.slice(typed.from, cursor) }
    : { from: cursor, to: cursor, prefix: '' };

  const { inside, openedAt } = enclosureOf(before);
  if (inside === 'matchers') return inMatchers(text, solid, before, openedAt, typed, place);
  if (typed?.kind === 'string' || typed?.kind === 'number') return null;
  if (inside === 'range') return { kind: 'duration', ...place };
  if (inside === 'grouping') {
    const taken = before.slice(openedAt + 1).filter((token) => token.kind === 'label' || token.kind === 'string');
    return { kind: 'label', ...place, selector: nearestSelector(text), taken: taken.map(nameOf), matcher: false };
  }
  const last = before.at(-1);
  if (last?.kind === 'keyword' && last.text.toLowerCase() === 'offset') return { kind: 'duration', ...place };
  if (last && endsOperand(last)) {
    // "sum b": the word that is begun belongs between operands.
    return typed && typed.kind === 'duration'
      ? null
      : { kind: 'operator', ...place, afterAggregation: endsAggregation(before) };
  }
  return { kind: 'operand', ...place };
}

/** A token that is being typed, rather than one that the cursor only stands behind. */
function isTyped(token: Token, cursor: number): boolean {
  if (token.kind === 'string') return cursor < token.to || !isClosed(token);
  return !['bracket', 'comma', 'operator', 'unknown'].includes(token.kind);
}

function enclosureOf(before: readonly Token[]): { inside: Enclosure | undefined; openedAt: number } {
  const open: Enclosure[] = [];
  const places: number[] = [];
  before.forEach((token, i) => {
    if (token.kind !== 'bracket') return;
    follow(open, token.text, before[i - 1]);
    places.length = Math.min(places.length, open.length);
    if (places.length < open.length) places.push(i);
  });
  return { inside: open.at(-1), openedAt: places.at(-1) ?? -1 };
}

function inMatchers(
  text: string,
  solid: readonly Token[],
  before: readonly Token[],
  openedAt: number,
  typed: Token | undefined,
  place: Place,
): Context | null {
  const inner = before.slice(openedAt + 1);
  const last = inner.at(-1);
  const name = inner.at(-2);
  if (last?.kind === 'operator') {
    if (typed && typed.kind !== 'string') return null;
    const quote = typed ? typed.text[0] : '';
    const closed = typed !== undefined && isClosed(typed);
    const from = typed ? typed.from + 1 : place.from;
    const to = typed && closed ? typed.to - 1 : place.to;
    const selector = selectorAround(text, solid, before[openedAt], name);
    return {
      kind: 'value',
      from,
      to,
      prefix: place.prefix.slice(1),
      label: name ? nameOf(name) : '',
      selector,
      quote,
      closed,
    };
  }
  if (last && last.kind !== 'comma') return null; // a label waits for its operator, or a matcher for its comma
  if (typed?.kind === 'string') return null;
  const taken = inner.filter((token) => token.kind === 'label').map(nameOf);
  return {
    kind: 'label',
    ...place,
    selector: selectorAround(text, solid, before[openedAt], typed),
    taken,
    matcher: true,
  };
}

/** The selector that a brace belongs to, without the matcher that is being written. */
function selectorAround(
  text: string,
  solid: readonly Token[],
  brace: Token,
  written: Token | undefined,
): string | null {
  const at = solid.findIndex((token) => token.from === brace.from);
  const metric = solid[at - 1]?.kind === 'metric' ? solid[at - 1].text : '';
  const end = solid.findIndex((token, i) => i > at && token.text === '}' && token.kind === 'bracket');
  const inner = solid.slice(at + 1, end < 0 ? undefined : end);
  const matchers: string[] = [];
  for (let i = 0; i + 2 < inner.length; i++) {
    const [label, operator, value] = inner.slice(i, i + 3);
    const whole = operator.kind === 'operator' && value.kind === 'string' && isClosed(value) && value.text.length > 2;
    if ((label.kind === 'label' || label.kind === 'string') && whole && label.from !== written?.from)
      matchers.push(text.slice(label.from, value.to));
  }
  return selectorOf(metric, matchers);
}

function selectorOf(metric: string, matchers: readonly string[]): string | null {
  if (matchers.length > 0) return `${metric}{${matchers.join(',')}}`;
  return metric || null;
}

/** The first metric of the expression, for labels to group by; with several, any of them would be a guess. */
function nearestSelector(text: string): string | null {
  const metrics = new Set(
    tokenize(text)
      .filter((token) => token.kind === 'metric')
      .map((token) => token.text),
  );
  return metrics.size === 1 ? [...metrics][0] : null;
}

function endsOperand(token: Token): boolean {
  if (token.kind === 'bracket') return ')]}'.includes(token.text);
  return ['metric', 'number', 'string', 'duration', 'aggregation'].includes(token.kind);
}

/** The operand that ends here is a call of an aggregation, or its name: "by" may follow. */
function endsAggregation(before: readonly Token[]): boolean {
  const last = before.at(-1)!;
  if (last.kind === 'aggregation' || (last.kind === 'metric' && aggregations.has(last.text))) return true;
  let depth = 0;
  for (let i = before.length - 1; i >= 0; i--) {
    const { kind, text } = before[i];
    if (kind !== 'bracket') {
      if (depth === 0) return false;
      continue;
    }
    if (')]}'.includes(text)) depth++;
    else if (--depth === 0) return before[i - 1]?.kind === 'aggregation';
    if (depth < 0) return false;
  }
  return false;
}

function isClosed(token: Token): boolean {
  return token.text.length > 1 && token.text.endsWith(token.text[0]);
}

function nameOf(token: Token): string {
  return token.kind === 'string' ? token.text.slice(1, isClosed(token) ? -1 : undefined) : token.text;
}
