export interface HistoryEntry {
  expr: string;
  /** When it was last run, Unix ms. */
  atMs: number;
  starred: boolean;
}

const storageKey = 'barograph.explore.history';
const keptAtMost = 100;

/**
 * The expressions that were run here, the newest first, each once. It is kept in this browser; starred ones outlive
 * the others.
 */
export class QueryHistory {
  entries = $state.raw<readonly HistoryEntry[]>(load());

  /** `amends`: the expression that this one grew out of by clicking, which is then not kept for itself. */
  record(expr: string, atMs: number, amends: string | null = null): void {
    const text = expr.trim();
    if (text === '') return;
    const starred = this.entries.some((entry) => entry.expr === text && entry.starred);
    const others = this.entries.filter((entry) => entry.expr !== text && (entry.expr !== amends || entry.starred));
    this.#keep([{ expr: text, atMs, starred }, ...others]);
  }

  toggleStar(expr: string): void {
    this.#keep(this.entries.map((entry) => (entry.expr === expr ? { ...entry, starred: !entry.starred } : entry)));
  }

  remove(expr: string): void {
    this.#keep(this.entries.filter((entry) => entry.expr !== expr));
  }

  /** Forgets all but the starred ones. */
  clear(): void {
    this.#keep(this.entries.filter((entry) => entry.starred));
  }

  /** Those that contain all the words, starred ones first. */
  find(text: string): HistoryEntry[] {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    return this.entries
      .filter((entry) => words.every((word) => entry.expr.toLowerCase().includes(word)))
      .sort((a, b) => Number(b.starred) - Number(a.starred) || b.atMs - a.atMs);
  }

  #keep(entries: readonly HistoryEntry[]): void {
    const surplus = new Set(
      entries
        .filter((entry) => !entry.starred)
        .slice(Math.max(0, keptAtMost - entries.filter((entry) => entry.starred).length)),
    );
    this.entries = entries.filter((entry) => !surplus.has(entry)).slice(0, keptAtMost);
    try {
      localStorage.setItem(storageKey, JSON.stringify(this.entries));
    } catch {
      // Without storage it lasts as long as the page.
    }
  }
}

/** What another version or another program wrote there is not trusted. */
function load(): HistoryEntry[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
    if (!Array.isArray(stored)) return [];
    return stored
      .filter((entry) => typeof entry?.expr === 'string' && typeof entry.atMs === 'number')
      .map(({ expr, atMs, starred }) => ({ expr, atMs, starred: starred === true }))
      .slice(0, keptAtMost);
  } catch {
    return [];
  }
}

export const queryHistory = new QueryHistory();
