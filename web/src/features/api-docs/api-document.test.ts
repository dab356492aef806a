import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { chaptersOf, find, shapesIn, shapeText, type ApiDocument } from './api-document';

const document = JSON.parse(readFileSync('../docs/openapi.json', 'utf8')) as ApiDocument;

describe('chaptersOf', () => {
  it('holds every route of the document, in its chapters', () => {
    const chapters = chaptersOf(document);
    const routes = Object.values(document.paths).flatMap((item) => Object.keys(item));
    expect(chapters.flatMap((chapter) => chapter.operations)).toHaveLength(routes.length);
    expect(chapters[0].name).toBe('Query');
    const ids = chapters.flatMap((chapter) => chapter.operations.map((one) => one.id));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('find', () => {
  it('keeps what has every word, and only chapters with something in them', () => {
    const found = find(chaptersOf(document), 'get RANGE');
    expect(found.flatMap((chapter) => chapter.operations.map((one) => `${one.method} ${one.path}`))).toContain(
      'GET /api/v1/query_range',
    );
    expect(found.every((chapter) => chapter.operations.length > 0)).toBe(true);
    expect(find(chaptersOf(document), 'nothing like it')).toEqual([]);
    expect(find(chaptersOf(document), ' ')).toEqual(chaptersOf(document));
  });
});

describe('shapeText', () => {
  it.each([
    [undefined, 'anything'],
    [{}, 'anything'],
    [{ type: 'integer' }, 'integer'],
    [{ type: 'string', format: 'date-time' }, 'time'],
    [{ type: 'string', format: 'binary' }, 'bytes'],
    [{ type: ['string', 'null'] }, 'string | null'],
    [{ enum: ['a', 'b'] }, '"a" | "b"'],
    [{ $ref: '#/components/schemas/Sample' }, 'Sample'],
    [{ type: 'array', items: { type: 'string' } }, 'string[]'],
    [{ type: 'array', items: { type: ['string', 'null'] } }, '(string | null)[]'],
    [{ type: 'array', prefixItems: [{ type: 'number' }, { type: 'string' }] }, '[number, string]'],
    [{ type: 'object', additionalProperties: { type: 'string' } }, '{ [name]: string }'],
    [{ type: 'object', additionalProperties: true }, '{ [name]: anything }'],
    [
      {
        type: 'object',
        required: ['a'],
        properties: { a: { type: 'string', description: 'A.' }, b: { type: 'object', properties: { c: {} } } },
      },
      '{\n  a: string  // A.\n  b?: {\n    c?: anything\n  }\n}',
    ],
  ])('%j', (schema, text) => expect(shapeText(schema)).toBe(text));
});

describe('shapesIn', () => {
  it('finds every name once, wherever it stands', () => {
    const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
    expect(
      shapesIn({
        oneOf: [ref('A'), { type: 'array', items: ref('B') }],
        prefixItems: [ref('A')],
        properties: { c: ref('C') },
        additionalProperties: ref('D'),
      }),
    ).toEqual(['A', 'B', 'C', 'D']);
    expect(shapesIn(undefined)).toEqual([]);
  });
});
