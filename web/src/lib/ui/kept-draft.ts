/**
 * What somebody has written and not yet saved, kept in this browser until it is saved or given up: leaving a form, a
 * reload or a crash loses nothing.
 */
export class KeptDraft<T> {
  readonly #key: string;

  /** `of` names the form and the thing, such as "definition/orders". */
  constructor(of: string) {
    this.#key = `barograph.draft.${of}`;
  }

  read(): T | null {
    try {
      return JSON.parse(localStorage.getItem(this.#key) ?? 'null') as T | null;
    } catch {
      return null;
    }
  }

  write(draft: T): void {
    try {
      localStorage.setItem(this.#key, JSON.stringify(draft));
    } catch {
      // Without storage, or with a full one, the draft lasts as long as the page.
    }
  }

  clear(): void {
    try {
      localStorage.removeItem(this.#key);
    } catch {
      // There is nothing to forget then.
    }
  }
}
