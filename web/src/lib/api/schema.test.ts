import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('has the types of docs/openapi.json', () => {
  // A program of its own: here, modules are resolved as for a browser.
  expect(() => execFileSync('node', ['api.js', '--check'], { stdio: 'pipe' })).not.toThrow();
}, 60_000);
