/** The part of an OpenAPI 3.1 document that the page reads: what the server writes, nothing more. */
export interface ApiDocument {
  info: { title: string; description: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, RawOperation>>;
  components: { schemas: Record<string, Schema> };
}

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: (string | number)[];
  oneOf?: Schema[];
  items?: Schema;
  prefixItems?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  description?: string;
}

type Content = Record<string, { schema?: Schema }>;

interface RawOperation {
  tags: string[];
  operationId: string;
  summary: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { description?: string; content: Content };
  responses: Record<string, { description: string; content?: Content }>;
}

export interface Parameter {
  name: string;
  in: string;
  required: boolean;
  description: string;
  schema: Schema;
}

export interface Body {
  contentType: string;
  schema?: Schema;
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  summary: string;
  description: string;
  parameters: Parameter[];
  bodyText: string;
  bodies: Body[];
  answers: { status: string; text: string; bodies: Body[] }[];
}

export interface Chapter {
  name: string;
  text: string;
  operations: Operation[];
}

/** The document as a book: chapters in its order, routes by path. A chapter without routes is left out. */
export function chaptersOf(document: ApiDocument): Chapter[] {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, raw]) => ({ tag: raw.tags[0], operation: operationOf(method, path, raw) })),
  );
  return document.tags
    .map(({ name, description }) => ({
      name,
      text: description,
      operations: operations.filter((one) => one.tag === name).map((one) => one.operation),
    }))
    .filter((chapter) => chapter.operations.length > 0);
}

/** The chapters with what has every word of a text in its path, method or summary. */
export function find(chapters: Chapter[], text: string): Chapter[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return chapters
    .map((chapter) => ({
      ...chapter,
      operations: chapter.operations.filter((one) => {
        const all = `${one.method} ${one.path} ${one.summary}`.toLowerCase();
        return words.every((word) => all.includes(word));
      }),
    }))
    .filter((chapter) => chapter.operations.length > 0);
}

/** A schema as a person reads it: TypeScript, more or less. */
export function shapeText(schema: Schema | undefined, indent = ''): string {
  if (!schema) return 'anything';
  if (schema.$ref) return nameOf(schema.$ref);
  if (schema.oneOf) return schema.oneOf.map((one) => shapeText(one, indent)).join(' | ');
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  if (Array.isArray(schema.type)) {
    return schema.type.map((type) => shapeText({ ...schema, type }, indent)).join(' | ');
  }
  if (schema.type === 'array') return listText(schema, indent);
  if (schema.type === 'object') return objectText(schema, indent);
  return { 'date-time': 'time', binary: 'bytes' }[schema.format ?? ''] ?? schema.type ?? 'anything';
}

/** The names of the shapes that a schema leads to, each once. */
export function shapesIn(schema: Schema | undefined): string[] {
  if (!schema) return [];
  const inside = [
    schema.items,
    ...(schema.oneOf ?? []),
    ...(schema.prefixItems ?? []),
    ...Object.values(schema.properties ?? {}),
  ];
  if (typeof schema.additionalProperties === 'object') inside.push(schema.additionalProperties);
  return [...new Set([...(schema.$ref ? [nameOf(schema.$ref)] : []), ...inside.flatMap((one) => shapesIn(one))])];
}

function operationOf(method: string, path: string, raw: RawOperation): Operation {
  return {
    id: raw.operationId,
    method: method.toUpperCase(),
    path,
    summary: raw.summary,
    description: raw.description ?? '',
    parameters: raw.parameters ?? [],
    bodyText: raw.requestBody?.description ?? '',
    bodies: bodiesOf(raw.requestBody?.content),
    answers: Object.entries(raw.responses).map(([status, one]) => ({
      status,
      text: one.description,
      bodies: bodiesOf(one.content),
    })),
  };
}

function bodiesOf(content: Content = {}): Body[] {
  return Object.entries(content).map(([contentType, { schema }]) => ({ contentType, schema }));
}

function listText(schema: Schema, indent: string): string {
  if (schema.prefixItems) return `[${schema.prefixItems.map((one) => shapeText(one, indent)).join(', ')}]`;
  const item = shapeText(schema.items, indent);
  return item.includes(' | ') && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
}

function objectText(schema: Schema, indent: string): string {
  if (!schema.properties) {
    const value = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
    return `{ [name]: ${shapeText(value, indent)} }`;
  }
  const deeper = `${indent}  `;
  const lines = Object.entries(schema.properties).map(([name, one]) => {
    const mark = schema.required?.includes(name) ? '' : '?';
    const note = one.description ? `  // ${one.description}` : '';
    return `${deeper}${name}${mark}: ${shapeText(one, deeper)}${note}`;
  });
  return `{\n${lines.join('\n')}\n${indent}}`;
}

function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}
