import { router } from '../../lib/router.svelte';
import { emptyQuery, ids, readState, writeState, type PageState, type Panel, type QueryState } from './url-state';

/** The page's state is its address; this reads and changes it. Typing is not in it: an expression is when it is run. */
export class ExploreState {
  current: PageState = $derived(readState(router.params));
  queries = $derived(this.current.queries);
  /** Counts what was run from outside of the expression fields: what is typed in them gives way to it. */
  runs = $state(0);

  /** `quietly`: without a step for the browser's back button. */
  change(id: string, change: Partial<QueryState>, quietly = false): void {
    const queries = this.queries.map((query) => (query.id === id ? { ...query, ...change } : query));
    this.#write({ ...this.current, queries }, quietly);
  }

  /** Shows an expression that came from a click: of the history, an example, the metric browser. */
  run(id: string, change: Partial<QueryState>, quietly = false): void {
    this.runs++;
    this.change(id, { ...change, on: true }, quietly);
  }

  /** Adds a query and returns its id, or null when there are as many as there can be. */
  add(expr = ''): string | null {
    const id = ids.find((free) => this.queries.every((query) => query.id !== free));
    if (!id) return null;
    this.#write({ ...this.current, queries: [...this.queries, { ...emptyQuery(id), expr }] });
    return id;
  }

  remove(id: string): void {
    this.#write({ ...this.current, queries: this.queries.filter((query) => query.id !== id) });
  }

  setStep(stepMs: number | null): void {
    this.#write({ ...this.current, stepMs });
  }

  show(panel: Panel | null): void {
    this.#write({ ...this.current, panel }, true);
  }

  #write(state: PageState, quietly = false): void {
    const params = writeState(router.params, state);
    if (quietly) router.replaceParams(params);
    else router.setParams(params);
  }
}
