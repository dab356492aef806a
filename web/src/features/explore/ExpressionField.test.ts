import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import { catalogue } from './catalogue.svelte';
import ExpressionField from './ExpressionField.svelte';

const run = vi.fn();
let field: HTMLTextAreaElement;

beforeEach(() => {
  run.mockClear();
  vi.spyOn(catalogue, 'metrics').mockResolvedValue([
    { name: 'rate_limit', type: 'gauge', help: 'How much is let through.', unit: '' },
  ]);
  HTMLElement.prototype.scrollIntoView ??= () => {};
  render(ExpressionField, { value: '', label: 'Expression', mistake: null, run });
  field = screen.getByRole('textbox', { name: 'Expression' });
  field.focus();
});

async function type(text: string) {
  field.value = text;
  field.setSelectionRange(text.length, text.length);
  await fireEvent.input(field);
}

const press = (key: string, init = {}) => fireEvent.keyDown(field, { key, ...init });
const options = () => screen.queryAllByRole('option');

test('typing opens the list; Tab takes the first and puts the cursor between the parentheses', async () => {
  await type('rat');
  await waitFor(() => expect(options()[0].textContent).toContain('rate'));
  expect(field.getAttribute('aria-controls')).toBe(screen.getByRole('listbox').id);
  await press('Tab');
  expect(field.value).toBe('rate()');
  await waitFor(() => expect(field.selectionStart).toBe(5));
  expect(options()).toEqual([]);
});

test('the arrows choose, Enter takes what is chosen, and runs when nothing is', async () => {
  await type('rate');
  await waitFor(() => expect(options().length).toBeGreaterThan(1));
  await press('ArrowDown');
  await press('ArrowDown');
  const active = document.getElementById(field.getAttribute('aria-activedescendant')!)!;
  expect(active.textContent).toContain('rate_limit');
  expect(active.getAttribute('aria-selected')).toBe('true');
  await press('Enter');
  expect(field.value).toBe('rate_limit');
  expect(run).not.toHaveBeenCalled();
  await press('Enter');
  expect(run).toHaveBeenCalledTimes(1);
});

test('Enter takes the first while a word is half typed, and does not run it', async () => {
  await type('rat');
  await waitFor(() => expect(options()[0].getAttribute('aria-selected')).toBe('true'));
  await press('Enter');
  expect(field.value).toBe('rate()');
  expect(run).not.toHaveBeenCalled();
});

test('a bracket comes with the one that closes it, which may be typed over', async () => {
  await type('x');
  await press('{');
  expect(field.value).toBe('x{}');
  expect(field.selectionStart).toBe(2);
  await press('}');
  expect([field.value, field.selectionStart]).toEqual(['x{}', 3]);
  field.setSelectionRange(0, 0);
  expect(await press('(')).toBe(true); // before a word it stands alone
});

test('Escape closes the list, Ctrl+Enter runs over it, Shift+Enter is a new line', async () => {
  await type('rate');
  await waitFor(() => expect(options().length).toBeGreaterThan(1));
  await press('Escape');
  expect(options()).toEqual([]);
  await press(' ', { ctrlKey: true });
  await waitFor(() => expect(options().length).toBeGreaterThan(1));
  await press('Enter', { ctrlKey: true });
  expect(run).toHaveBeenCalledTimes(1);
  expect(options()).toEqual([]);
  expect(await press('Enter', { shiftKey: true })).toBe(true); // left to the browser
});
