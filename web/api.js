// Writes src/lib/api/schema.ts, the types of everything the server answers, from docs/openapi.json. With --check it only
// says whether they are up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { typesOf } from './api-types.js';

const target = new URL('./src/lib/api/schema.ts', import.meta.url);
const types = await typesOf(JSON.parse(readFileSync(new URL('../docs/openapi.json', import.meta.url), 'utf8')));
if (!process.argv.includes('--check')) writeFileSync(target, types);
else if (readFileSync(target, 'utf8') !== types)
  throw new Error('schema.ts is not what docs/openapi.json says: run web/api');
