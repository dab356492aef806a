import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { rank, suggest, type Catalogue } from './complete';
import { contextAt } from './context';
import { aggregations, functions } from './functions';
import { tokenize } from './tokens';
import { unknownMetrics } from './unknown';

/** The text with the cursor where the bar is. */
function at(marked: string) {
  const cursor = marked.indexOf('|');
  const text = marked.replace('|', '');
  return { text, cursor, context: contextAt(text, cursor) };
}

const kinds = (text: string) =>
  tokenize(text)
    .filter((token) => token.kind !== 'space')
    .map((token) => `${token.text}:${token.kind}`);

describe('tokens', () => {
  test('cover the text, whatever it is', () => {
    for (const text of [
      '',
      'sum(rate(x{a="b',
      'a\n# c\n+ b',
      '§$%&',
      "{'x y'=~`z`}",
      '"open\nx',
      '1h30m 0x1F 1e-3 .5',
    ]) {
      const tokens = tokenize(text);
      expect(tokens.map((token) => token.text).join('')).toBe(text);
      for (let i = 1; i < tokens.length; i++) expect(tokens[i].from).toBe(tokens[i - 1].to);
    }
  });

  test('are told apart by where they stand', () => {
    expect(kinds('sum by (job) (rate(x:y{le!="1"}[5m] offset 1h)) > bool 0.5')).toEqual([
      ...['sum:aggregation', 'by:keyword', '(:bracket', 'job:label', '):bracket', '(:bracket', 'rate:function'],
      ...['(:bracket', 'x:y:metric', '{:bracket', 'le:label', '!=:operator', '"1":string', '}:bracket', '[:bracket'],
      ...['5m:duration', ']:bracket', 'offset:keyword', '1h:duration', '):bracket', '):bracket', '>:operator'],
      ...['bool:keyword', '0.5:number'],
    ]);
    // A metric may be called like an aggregation, and a label like a keyword.
    expect(kinds('count + x{by="a"} # by')).toEqual([
      ...['count:metric', '+:operator', 'x:metric', '{:bracket', 'by:label', '=:operator', '"a":string', '}:bracket'],
      '# by:comment',
    ]);
  });
});

describe('what may stand at the cursor', () => {
  test.each([
    ['|', 'operand', ''],
    ['ra|', 'operand', 'ra'],
    ['rate(sys|tem_x)', 'operand', 'sys'],
    ['sum(x) / cou|', 'operand', 'cou'],
    ['sum(x) b|', 'operator', 'b'],
    ['x |', 'operator', ''],
    ['sum b|', 'operator', 'b'],
    ['sum by (|)', 'label', ''],
    ['sum by (job, in|) (x)', 'label', 'in'],
    ['x * on(a|', 'label', 'a'],
    ['x{|}', 'label', ''],
    ['x{job="a", in|', 'label', 'in'],
    ['x{job=|', 'value', ''],
    ['x{job="ap|"}', 'value', 'ap'],
    ['x{job=~"ap|', 'value', 'ap'],
    ['rate(x[|', 'duration', ''],
    ['rate(x[5|m])', 'duration', '5'],
    ['x offset |', 'duration', ''],
  ])('%s', (marked, kind, prefix) => {
    expect(at(marked).context).toMatchObject({ kind, prefix });
  });

  test.each(['# comm|', 'x{job |', 'x{job="a"|', 'x{job="a" |', 'label_replace(x, "a|"', 'topk(5|, x)'])(
    'nothing: %s',
    (marked) => expect(at(marked).context).toBeNull(),
  );

  test('a label or value belongs to its selector, without the matcher that is being written', () => {
    expect(at('rate(x{job="a", inst|, mode!="idle"}[5m])').context).toMatchObject({
      selector: 'x{job="a",mode!="idle"}',
      taken: ['job'],
    });
    expect(at('x{job="a|", mode=~"i.*"}').context).toMatchObject({ label: 'job', selector: 'x{mode=~"i.*"}' });
    expect(at('{__name__="x", job="|"}').context).toMatchObject({ label: 'job', selector: '{__name__="x"}' });
    expect(at('{job="|"}').context).toMatchObject({ label: 'job', selector: null });
    expect(at('sum by (|) (rate(x[5m]))').context).toMatchObject({ selector: 'x' });
    expect(at('sum by (|) (x / y)').context).toMatchObject({ selector: null });
  });

  test('"by" may follow an aggregation, and nothing else', () => {
    expect(at('sum(rate(x{a="b"}[5m])) |').context).toMatchObject({ afterAggregation: true });
    expect(at('sum |').context).toMatchObject({ afterAggregation: true });
    expect(at('rate(x[5m]) |').context).toMatchObject({ afterAggregation: false });
    expect(at('x |').context).toMatchObject({ afterAggregation: false });
  });
});

describe('suggestions', () => {
  const asked: unknown[] = [];
  const catalogue: Catalogue = {
    metrics: async () => [
      { name: 'node_network_transmit_bytes_total', type: 'counter', help: 'Sent.', unit: 'bytes' },
      { name: 'rate_limit', type: 'gauge', help: '', unit: '' },
      { name: 'http.requests', type: 'counter', help: '', unit: '' },
    ],
    labels: async (selector) => (asked.push(selector), ['__name__', 'instance', 'job', 'http.code']),
    values: async (label, selector) => (asked.push([label, selector]), ['api', 'a "b"\\c']),
  };

  /** The text after the first (or named) suggestion was taken, with the bar at the cursor. */
  async function take(marked: string, label?: string) {
    const { text, context } = at(marked);
    const list = await suggest(context!, text.slice(context!.to), catalogue);
    const one = label ? list.find((each) => each.label === label)! : list[0];
    const written = text.slice(0, context!.from) + one.text + text.slice(context!.to);
    const cursor = context!.from + one.cursor;
    return `${written.slice(0, cursor)}|${written.slice(cursor)}`;
  }

  test('write what belongs around them', async () => {
    expect(await take('rat|')).toBe('rate(|)');
    expect(await take('rat|(x)')).toBe('rate|(x)');
    expect(await take('time|')).toBe('time()|');
    expect(await take('sum(x) b|')).toBe('sum(x) by (|)');
    expect(await take('x{jo|}')).toBe('x{job="|"}');
    expect(await take('x{jo|="a"}')).toBe('x{job|="a"}');
    expect(await take('x{job=|}')).toBe('x{job="api"|}');
    expect(await take('x{job="|"}')).toBe('x{job="api"|}');
    expect(await take('x{job="a|')).toBe('x{job="api"|');
    expect(await take('x{job="|"}', 'a "b"\\c')).toBe('x{job="a \\"b\\"\\\\c"|}');
    expect(await take('x[|]', '5m')).toBe('x[5m|]');
    expect(await take('htt|')).toBe('{"http.requests"}|');
    expect(await take('x{http|}')).toBe('x{"http.code"="|"}');
  });

  test('are asked for with the selector', async () => {
    asked.length = 0;
    await take('x{a="b", jo|}');
    await take('x{a="b", job="|"}');
    expect(asked).toEqual(['x{a="b"}', ['job', 'x{a="b"}']]);
  });

  test('come in the order of how well they match', async () => {
    const { context } = at('rate|');
    const list = await suggest(context!, '', catalogue);
    expect(list.slice(0, 2).map((one) => one.label)).toEqual(['rate', 'rate_limit']);
    expect(list.map((one) => one.label)).toContain('irate');
    expect((await suggest(at('ra|').context!, '', catalogue))[0].label).toBe('rate');
    const fuzzy = rank(list, 'ratlim');
    expect(fuzzy.map((one) => one.label)).toEqual(['rate_limit']);
  });

  test('leave out labels that are taken, and the metric name', async () => {
    const { context } = at('x{job="a", |}');
    expect((await suggest(context!, '', catalogue)).map((one) => one.label)).toEqual(['instance', 'http.code']);
  });
});

test('the table names functions and aggregations that the server has', () => {
  const folder = '../src/Barograph.PromQL'; // tests run in web/
  const source = readdirSync(`${folder}/Functions`)
    .map((file) => readFileSync(`${folder}/Functions/${file}`, 'utf8'))
    .join('\n');
  for (const name of functions.keys()) expect(source, name).toContain(`"${name}"`);
  const operators = readFileSync(`${folder}/Syntax/Operators.cs`, 'utf8');
  const named = [...operators.matchAll(/\(AggregationOperator\.\w+, "(\w+)"/g)].map((match) => match[1]);
  expect([...aggregations.keys()].sort()).toEqual(named.sort());
});

describe('metrics that there are not', () => {
  const known = ['up', 'node_cpu_seconds_total', 'node_memory_bytes'];

  test('are found by name, each once, with the one that was probably meant', () => {
    expect(unknownMetrics('rate(node_cpu_second_total[5m]) / node_cpu_second_total', known)).toEqual([
      { name: 'node_cpu_second_total', from: 5, nearest: 'node_cpu_seconds_total' },
    ]);
  });

  test('have no suggestion when nothing is near', () => {
    expect(unknownMetrics('sum by (job) (requests)', known)).toEqual([{ name: 'requests', from: 14, nearest: null }]);
    expect(unknownMetrics('xy', known)[0].nearest).toBe(null);
  });

  test('are neither functions nor labels nor words of the language', () => {
    expect(unknownMetrics('sum by (a) (rate(up{b="c"}[5m] offset 1m)) > bool 1 and on (d) up', known)).toEqual([]);
  });
});
