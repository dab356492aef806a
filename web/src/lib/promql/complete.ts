import { naturalOrder } from '../format/natural';
import { aggregations, durations, functions, keywords } from './functions';
import type { Context } from './context';

export type SuggestionKind = 'metric' | 'function' | 'aggregation' | 'label' | 'value' | 'keyword' | 'duration';

export interface Suggestion {
  kind: SuggestionKind;
  /** What is shown and compared with what was typed. */
  label: string;
  /** Beside it: a signature, or a metric's type. */
  detail: string;
  /** One line of help, or nothing. */
  help: string;
  /** What is written, and where in it the cursor stands afterwards. */
  text: string;
  cursor: number;
  /** More is to be written there: the next list opens at once. */
  goesOn: boolean;
}

export interface MetricHelp {
  name: string;
  type: string;
  help: string;
  unit: string;
}

/** Where names and values come from. */
export interface Catalogue {
  metrics(): Promise<readonly MetricHelp[]>;
  labels(selector: string | null): Promise<readonly string[]>;
  values(label: string, selector: string | null): Promise<readonly string[]>;
}

const shownAtMost = 100;
/** Of several that match as well, what is asked for most comes first. */
const usual = ['rate', 'sum', 'avg', 'max', 'min', 'count', 'increase', 'histogram_quantile', 'topk', 'by'];

/** All that may be written at a place and begins with, or at least contains, what was typed; the best first. */
export async function suggest(context: Context, after: string, catalogue: Catalogue): Promise<Suggestion[]> {
  return rank(await candidates(context, after, catalogue), context.prefix).slice(0, shownAtMost);
}

async function candidates(context: Context, after: string, catalogue: Catalogue): Promise<Suggestion[]> {
  switch (context.kind) {
    case 'operand':
      return [
        ...calls(aggregations, 'aggregation', after),
        ...calls(functions, 'function', after),
        ...(await catalogue.metrics()).map(metric),
      ];
    case 'operator':
      return [...keywords]
        .filter(([word]) => context.afterAggregation || (word !== 'by' && word !== 'without'))
        .map(([word, help]) => keyword(word, help));
    case 'duration':
      return durations.map((text) => plain('duration', text));
    case 'label': {
      const names = (await catalogue.labels(context.selector)).filter(
        (name) => name !== '__name__' && !context.taken.includes(name),
      );
      return names.map((name) => (context.matcher ? matcher(name, after) : plain('label', name)));
    }
    case 'value':
      return (await catalogue.values(context.label, context.selector)).map((value) => valueOf(value, context));
  }
}

function calls(
  table: ReadonlyMap<string, { parameters: string; help: string }>,
  kind: SuggestionKind,
  after: string,
): Suggestion[] {
  const hasParentheses = /^\s*\(/.test(after);
  return [...table].map(([name, { parameters, help }]) => {
    const text = hasParentheses ? name : `${name}()`;
    const cursor = hasParentheses || parameters === '' ? text.length : text.length - 1;
    return { kind, label: name, detail: `(${parameters})`, help, text, cursor, goesOn: cursor < text.length };
  });
}

function metric({ name, type, help }: MetricHelp): Suggestion {
  const plainName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
  const text = plainName ? name : `{${JSON.stringify(name)}}`;
  return { kind: 'metric', label: name, detail: type, help, text, cursor: text.length, goesOn: false };
}

function keyword(word: string, help: string): Suggestion {
  const brackets = ['by', 'without', 'on', 'ignoring'].includes(word);
  const text = brackets ? `${word} ()` : `${word} `;
  const cursor = brackets ? text.length - 1 : text.length;
  return { kind: 'keyword', label: word, detail: '', help, text, cursor, goesOn: brackets || word === 'offset' };
}

function matcher(name: string, after: string): Suggestion {
  const has = /^\s*(?:=|!)/.test(after);
  const label = /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : JSON.stringify(name);
  const text = has ? label : `${label}=""`;
  const cursor = has ? text.length : text.length - 1;
  return { kind: 'label', label: name, detail: '', help: '', text, cursor, goesOn: !has };
}

function valueOf(value: string, context: Extract<Context, { kind: 'value' }>): Suggestion {
  const quote = context.quote || '"';
  const escaped = quote === '`' ? value : value.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`);
  const text = (context.quote ? '' : quote) + escaped + (context.closed ? '' : quote);
  return {
    kind: 'value',
    label: value,
    detail: '',
    help: '',
    text,
    cursor: text.length + (context.closed ? 1 : 0), // behind the quote that is there
    goesOn: false,
  };
}

function plain(kind: SuggestionKind, text: string): Suggestion {
  return { kind, label: text, detail: '', help: '', text, cursor: text.length, goesOn: false };
}

/** Those that begin with what was typed, then those with a word that does, then those that contain it in pieces. */
export function rank(all: readonly Suggestion[], typed: string): Suggestion[] {
  if (typed === '') return [...all];
  const wanted = typed.toLowerCase();
  const scored = all.map((one) => ({ one, score: scoreOf(one.label.toLowerCase(), wanted) }));
  // In pieces only when nothing contains it whole: else the list is long and the reason not to be seen.
  const least = scored.some(({ score }) => score > 1) ? 2 : 1;
  return scored
    .filter(({ score }) => score >= least)
    .sort(
      (a, b) =>
        b.score - a.score ||
        usualness(b.one) - usualness(a.one) ||
        a.one.label.length - b.one.label.length ||
        naturalOrder(a.one.label, b.one.label),
    )
    .map(({ one }) => one);
}

function usualness({ kind, label }: Suggestion): number {
  const at = kind === 'metric' ? -1 : usual.indexOf(label);
  return at < 0 ? 0 : usual.length - at;
}

function scoreOf(label: string, typed: string): number {
  if (label === typed) return 5;
  if (label.startsWith(typed)) return 4;
  const at = label.indexOf(typed);
  if (at > 0) return /[^a-z0-9]/.test(label[at - 1]) ? 3 : 2;
  // "nettx" finds node_network_transmit…: every character, in order.
  let next = 0;
  for (const character of label) if (character === typed[next]) next++;
  return typed.length > 2 && next === typed.length ? 1 : 0;
}
