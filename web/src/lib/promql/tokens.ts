import { aggregations, keywords } from './functions';

/** What a piece of an expression is: for colours, and to know what may stand at a place. */
export type TokenKind =
  | 'space'
  | 'comment'
  | 'string'
  | 'number'
  | 'duration'
  | 'operator'
  | 'bracket'
  | 'comma'
  | 'metric'
  | 'label'
  | 'function'
  | 'aggregation'
  | 'keyword'
  | 'unknown';

export interface Token {
  kind: TokenKind;
  /** First character, and the one after the last. */
  from: number;
  to: number;
  text: string;
}

/** What a bracket that is open encloses: arguments or a part, labels of a grouping, matchers, a range. */
export type Enclosure = 'parentheses' | 'grouping' | 'matchers' | 'range';

const groupingWords = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);

const rules: readonly [kind: TokenKind | 'name', pattern: RegExp][] = [
  ['space', /\s+/y],
  ['comment', /#.*/y],
  // A string that is not closed goes to the end of the line: somebody is just typing it.
  ['string', /"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`[^`]*`?/y],
  ['duration', /(?:\d+(?:ms|[smhdwy]))+(?![a-zA-Z0-9_])/y],
  ['number', /0[xX][0-9a-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['name', /[a-zA-Z_:][a-zA-Z0-9_:]*/y],
  ['operator', /=~|!~|==|!=|<=|>=|[=+\-*/%^<>@]/y],
  ['bracket', /[()[\]{}]/y],
  ['comma', /,/y],
  ['unknown', /[^]/y],
];

/** Cuts a text into tokens that cover all of it, whatever it is: half an expression has colours too. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const open: Enclosure[] = [];
  let before: Token | undefined;
  for (let at = 0; at < text.length;) {
    const token = nextToken(text, at);
    const inside = open.at(-1);
    if (token.kind === ('name' as TokenKind)) token.kind = kindOfName(token, inside, text);
    else if (token.kind === 'bracket') follow(open, token.text, before);
    tokens.push(token);
    if (token.kind !== 'space' && token.kind !== 'comment') before = token;
    at = token.to;
  }
  return tokens;
}

function nextToken(text: string, at: number): Token {
  for (const [kind, pattern] of rules) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) return { kind: kind as TokenKind, from: at, to: at + match[0].length, text: match[0] };
  }
  throw new RangeError(`Nothing at ${at}`); // the last rule takes any character
}

/** Keeps the list of open brackets as a bracket changes it. */
export function follow(open: Enclosure[], bracket: string, before: Token | undefined): void {
  if (bracket === '(') open.push(opensGrouping(before) ? 'grouping' : 'parentheses');
  else if (bracket === '{') open.push('matchers');
  else if (bracket === '[') open.push('range');
  else open.pop();
}

function opensGrouping(before: Token | undefined): boolean {
  return before?.kind === 'keyword' && groupingWords.has(before.text.toLowerCase());
}

function kindOfName(token: Token, inside: Enclosure | undefined, text: string): TokenKind {
  if (inside === 'matchers' || inside === 'grouping') return 'label';
  const lower = token.text.toLowerCase();
  const calls = /^\s*\(/.test(text.slice(token.to));
  if (aggregations.has(lower) && (calls || /^\s*(?:by|without)\b/i.test(text.slice(token.to)))) return 'aggregation';
  if (keywords.has(lower)) return 'keyword';
  if (lower === 'inf' || lower === 'nan') return 'number';
  return calls ? 'function' : 'metric';
}
