import { format, resolveConfig } from 'prettier';

/**
 * TypeScript for an OpenAPI 3.1 document: an interface or type for each named schema, and `Paths`: what each route takes
 * in path and address, and what it answers as JSON when it says yes.
 *
 * @param {any} document
 */
export async function typesOf(document) {
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) => `${comment(schema.description)}export type ${name} = ${type(schema)};\n`,
  );
  const paths = Object.entries(document.paths).map(([path, item]) => {
    const methods = Object.entries(item).map(
      ([method, operation]) => `${comment(operation.summary)}${method}: ${call(operation)};`,
    );
    return `'${path}': { ${methods.join('\n')} };`;
  });
  const text = [
    '// Written by web/api from docs/openapi.json; a test holds the two together.\n',
    ...schemas,
    '/** Every route: its parameters, its body, and its answer. */',
    `export interface Paths { ${paths.join('\n')} }`,
  ].join('\n');
  const file = new URL('./src/lib/api/schema.ts', import.meta.url).pathname;
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}

/** @param {any} operation */
function call(operation) {
  const parameters = operation.parameters ?? [];
  const parts = ['path', 'query'].flatMap((place) => {
    const fields = parameters.filter((/** @type {any} */ one) => one.in === place);
    return fields.length > 0 ? [`${place}: ${fieldsOf(fields)}`] : [];
  });
  const body = json(operation.requestBody);
  if (body) parts.push(`body: ${type(body)}`);
  const yes = Object.entries(operation.responses).find(([status]) => status.startsWith('2'))?.[1];
  const answer = json(yes);
  parts.push(`answer: ${answer ? type(answer) : 'undefined'}`);
  return `{ ${parts.join('; ')} }`;
}

/** @param {any[]} parameters */
function fieldsOf(parameters) {
  const fields = parameters.map(
    (one) => `${comment(one.description)}${key(one.name)}${one.required ? '' : '?'}: ${type(one.schema)}`,
  );
  return `{\n${fields.join(';\n')}\n}`;
}

/** @param {any} body */
function json(body) {
  return body?.content?.['application/json']?.schema;
}

/** @param {any} schema @returns {string} */
function type(schema) {
  if (schema.$ref) return schema.$ref.split('/').at(-1);
  if (schema.oneOf) return schema.oneOf.map((/** @type {any} */ one) => `(${type(one)})`).join(' | ');
  if (schema.enum) return schema.enum.map((/** @type {any} */ one) => JSON.stringify(one)).join(' | ');
  if (Array.isArray(schema.type))
    return schema.type.map((/** @type {any} */ one) => type({ ...schema, type: one })).join(' | ');
  switch (schema.type) {
    case 'string':
      return 'string';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array':
      return schema.prefixItems ? `[${schema.prefixItems.map(type).join(', ')}]` : `(${type(schema.items ?? {})})[]`;
    case 'object':
      return objectType(schema);
    default:
      return 'unknown';
  }
}

/** @param {any} schema */
function objectType(schema) {
  if (!schema.properties) return `Record<string, ${type(schema.additionalProperties ?? {})}>`;
  const fields = Object.entries(schema.properties).map(
    ([name, property]) =>
      `${comment(property.description)}${key(name)}${schema.required?.includes(name) ? '' : '?'}: ${type(property)}`,
  );
  return `{\n${fields.join(';\n')}\n}`;
}

/** @param {string} name */
function key(name) {
  return /^[\w$]+$/.test(name) ? name : JSON.stringify(name);
}

/** @param {string | undefined} text */
function comment(text) {
  return text ? `/** ${text.replaceAll('*/', '* /')} */\n` : '';
}
