import { afterEach, expect, test, vi } from 'vitest';
import { KeptDraft } from './kept-draft';

afterEach(() => {
  localStorage.clear();
  vi.restoreAllMocks();
});

test('a draft is there again after a reload, until it is given up', () => {
  new KeptDraft<{ name: string }>('form/a').write({ name: 'orders' });
  expect(new KeptDraft('form/a').read()).toEqual({ name: 'orders' });
  expect(new KeptDraft('form/b').read()).toBeNull();
  new KeptDraft('form/a').clear();
  expect(new KeptDraft('form/a').read()).toBeNull();
});

test('what somebody else left in its place is no draft', () => {
  localStorage.setItem('barograph.draft.form/a', '{"name":');
  expect(new KeptDraft('form/a').read()).toBeNull();
});

test('a browser that keeps nothing is no error', () => {
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  expect(() => new KeptDraft('form/a').write({})).not.toThrow();
});
