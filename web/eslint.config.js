import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default ts.config(
  { ignores: ['dist/', 'node_modules/'] },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig },
    },
  },
  {
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Take randomness as a parameter: tests repeat.' },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: "AssignmentExpression[left.property.name='innerHTML']",
          message: 'Labels are written by others: use text, never markup.',
        },
      ],
      'svelte/no-at-html-tags': 'error',
      // `$props()` is destructured by `let`: the compiler makes the names live.
      'prefer-const': 'off',
      'svelte/prefer-const': ['error', { excludedRunes: ['$props', '$derived'] }],
      // Our maps and URLs are built and handed on whole; what changes is in a rune.
      'svelte/prefer-svelte-reactivity': 'off',
      // Our own router resolves paths; there is no SvelteKit here.
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
);
