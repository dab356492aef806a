export type Theme = 'dark' | 'light';

const storageKey = 'barograph.theme';
const root = document.documentElement;

/** The colour theme: set before the first paint by boot/theme.js, changed here. */
class ThemeState {
  current = $state<Theme>(root.dataset.theme === 'light' ? 'light' : 'dark');

  constructor() {
    // Who has not chosen follows the system, also when it changes.
    matchMedia('(prefers-color-scheme: light)').addEventListener('change', (event) => {
      if (readChoice() === null) this.#apply(event.matches ? 'light' : 'dark');
    });
    // Paper is white. The canvases are drawn anew before the page is printed, and after.
    let before: Theme | null = null;
    addEventListener('beforeprint', () => {
      before = this.current;
      this.#apply('light');
    });
    addEventListener('afterprint', () => this.#apply(before ?? this.current));
  }

  toggle(): void {
    const next = this.current === 'dark' ? 'light' : 'dark';
    this.#apply(next);
    try {
      localStorage.setItem(storageKey, next);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  }

  #apply(theme: Theme): void {
    root.dataset.theme = theme;
    this.current = theme;
  }
}

function readChoice(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

export const theme = new ThemeState();
