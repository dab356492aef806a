import { get } from '../../lib/api/api';
import { live } from '../../lib/live/connection';
import { router } from '../../lib/router.svelte';
import { pageAt, pages, type Kept, type Page } from './pages';

const storageKey = 'barograph.navigation';
const root = document.documentElement;
/** What a page needs is looked for once a minute, an hour back: a page does not vanish when its source pauses. */
const need = { stepMs: 60_000, rangeMs: 3_600_000 };

/** How often it is asked which events are kept: a first one brings its page. */
const keptEveryMs = 10_000;

/** The first pages have a tab each; the others share the last one. */
const tabCount = 5;

/** What the navigation lists, where in it the person is, and whether the side navigation is narrow. */
class Navigation {
  /** Set before the first paint by boot/theme.js. */
  narrow = $state(root.dataset.nav === 'narrow');
  #met = $state.raw<ReadonlySet<string>>(new Set());
  #kept = $state.raw<ReadonlySet<string>>(new Set());

  current = $derived(pageAt(router.path));
  /** The page that is open is listed in any case. */
  listed = $derived(pages.filter((page) => page === this.current || this.#hasSomething(page)));
  tabs = $derived(this.listed.length <= tabCount ? this.listed : this.listed.slice(0, tabCount - 1));
  more = $derived(this.listed.slice(this.tabs.length));
  groups = $derived(
    [...new Set(this.listed.map((page) => page.group))].map((title) => ({
      title,
      pages: this.listed.filter((page) => page.group === title),
    })),
  );

  /** Begins to ask what there is. After the page is made: what it draws is asked for first. */
  start(): void {
    const needs = new Set(pages.map((page) => page.needs).filter((expr) => expr !== undefined));
    for (const expr of needs) {
      const { query } = live.acquire({ expr, ...need }, () => this.#look(expr, query.columns.seriesCount > 0));
    }
    void this.askWhatIsKept();
    setInterval(() => void (!document.hidden && this.askWhatIsKept()), keptEveryMs);
  }

  /** What is kept stays as it was known while the server does not answer. */
  async askWhatIsKept(): Promise<void> {
    try {
      const { kinds, definitions } = await get('/api/v1/events/kinds', {});
      const kept: string[] = kinds.filter((one) => one.count > 0).map((one) => one.kind);
      if (definitions > 0) kept.push('definitions' satisfies Kept);
      if (kept.length !== this.#kept.size || kept.some((one) => !this.#kept.has(one))) this.#kept = new Set(kept);
    } catch {
      // The live group says that there is no connection.
    }
  }

  #hasSomething(page: Page): boolean {
    if (page.keeps) return page.keeps.some((one) => this.#kept.has(one));
    return !page.needs || this.#met.has(page.needs);
  }

  toggle(): void {
    this.narrow = !this.narrow;
    if (this.narrow) root.dataset.nav = 'narrow';
    else delete root.dataset.nav;
    try {
      localStorage.setItem(storageKey, this.narrow ? 'narrow' : 'wide');
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  }

  isCurrent(page: Page): boolean {
    return page === this.current;
  }

  #look(expr: string, met: boolean): void {
    if (met === this.#met.has(expr)) return;
    const next = new Set(this.#met);
    if (met) next.add(expr);
    else next.delete(expr);
    this.#met = next;
  }
}

export const navigation = new Navigation();
