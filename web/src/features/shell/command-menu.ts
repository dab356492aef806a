import type { IconName } from '../../lib/ui/Icon.svelte';

/** Something that the command menu finds. */
export interface Entry {
  id: string;
  kind: 'Page' | 'Host' | 'Metric' | 'Action';
  label: string;
  /** What it means, or the keys that do the same. */
  detail: string;
  icon: IconName;
  run: () => void;
}

const storageKey = 'barograph.recent';
const recentAtMost = 6;
const shownAtMost = 50;

/**
 * The entries that a text finds, the best first: all its words must be there. A name that begins with the text comes
 * before one where a word begins with it, then names that contain it, then meanings that do; within these, as given.
 */
export function find(entries: readonly Entry[], text: string): Entry[] {
  const wanted = text.trim().toLowerCase();
  const words = wanted.split(/\s+/);
  return entries
    .map((entry, at) => ({ entry, at, rank: rankOf(entry, wanted, words) }))
    .filter(({ rank }) => rank >= 0)
    .sort((a, b) => a.rank - b.rank || a.at - b.at)
    .slice(0, shownAtMost)
    .map(({ entry }) => entry);
}

function rankOf(entry: Entry, wanted: string, words: readonly string[]): number {
  const label = entry.label.toLowerCase();
  if (label === wanted) return 0;
  if (label.startsWith(wanted)) return 1;
  if (words.every((word) => beginsAWord(label, word))) return 2;
  if (words.every((word) => label.includes(word))) return 3;
  const all = `${label} ${entry.detail.toLowerCase()}`;
  return words.every((word) => all.includes(word)) ? 4 : -1;
}

function beginsAWord(label: string, word: string): boolean {
  for (let at = label.indexOf(word); at >= 0; at = label.indexOf(word, at + 1))
    if (at === 0 || !/[\p{L}\p{N}]/u.test(label[at - 1])) return true;
  return false;
}

/** Ids of what was chosen last, the newest first. */
export function readRecent(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}

export function remember(id: string): void {
  try {
    const next = [id, ...readRecent().filter((one) => one !== id)].slice(0, recentAtMost);
    localStorage.setItem(storageKey, JSON.stringify(next));
  } catch {
    // Without storage nothing is recent.
  }
}
