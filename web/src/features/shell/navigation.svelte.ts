import { get } from '../../lib/api/api';
import { router } from '../../lib/router.svelte';
import { pageAt, pages, type Kept, type Page } from './pages';

const storageKey = 'barograph.navigation';
const root = document.documentElement;

/** How often it is asked which events are kept: a first one wakes its page's entry. */
const keptEveryMs = 10_000;

/** The first pages have a tab each; the others share the last one. */
const tabCount = 5;

/** What the navigation lists (always the same, in the same place), where in it the person is, and whether it is narrow. */
class Navigation {
  /** Set before the first paint by boot/theme.js. */
  narrow = $state(root.dataset.nav === 'narrow');
  #kept = $state.raw<ReadonlySet<string>>(new Set());

  current = $derived(pageAt(router.path));
  readonly listed = pages.filter((page) => !page.under);
  readonly tabs = this.listed.slice(0, tabCount - 1);
  readonly more = grouped(this.listed.slice(tabCount - 1));
  readonly groups = grouped(this.listed);

  /** Begins to ask what there is. After the page is made: what it draws is asked for first. */
  start(): void {
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

  /** There is nothing on the page yet but how to begin. */
  isQuiet(page: Page): boolean {
    return page.keeps !== undefined && !page.keeps.some((one) => this.#kept.has(one));
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
    return page === this.current || page.path === this.current?.under;
  }
}

interface Group {
  title: Page['group'];
  pages: readonly Page[];
}

function grouped(list: readonly Page[]): readonly Group[] {
  return [...new Set(list.map((page) => page.group))].map((title) => ({
    title,
    pages: list.filter((page) => page.group === title),
  }));
}

export const navigation = new Navigation();
