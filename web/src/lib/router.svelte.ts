/**
 * The URL is the state: path and parameters, read by pages, changed only here. Links are plain `<a href>`; a click on
 * one of ours becomes a navigation without a load.
 */
class Router {
  #url = $state.raw(new URL(location.href));
  path = $derived(this.#url.pathname.replace(/(.)\/$/, '$1'));
  params = $derived(this.#url.searchParams);
  hash = $derived(this.#url.hash.slice(1));

  constructor() {
    addEventListener('popstate', () => (this.#url = new URL(location.href)));
    document.addEventListener('click', (event) => this.#onClick(event));
  }

  go(href: string): void {
    const url = new URL(href, location.href);
    if (url.href === location.href) return;
    history.pushState(null, '', url);
    this.#url = url;
  }

  /** The same page with other parameters. */
  setParams(params: URLSearchParams): void {
    this.go(location.pathname + searchOf(params));
  }

  /** The same, in place of the address that is there: the back button does not come by it. */
  replaceParams(params: URLSearchParams): void {
    const url = new URL(location.pathname + searchOf(params), location.href);
    if (url.href === location.href) return;
    history.replaceState(null, '', url);
    this.#url = url;
  }

  #onClick(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const elsewhere = event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (!link || elsewhere || event.defaultPrevented || link.target || link.hasAttribute('download')) return;
    if (link.origin !== location.origin || link.getAttribute('href')!.startsWith('#')) return;
    event.preventDefault();
    this.go(link.href);
  }
}

/** "?…" or nothing. Colons stay as they are: times in an address are read by people, and need no escape there. */
export function searchOf(params: URLSearchParams): string {
  return params.size > 0 ? `?${params.toString().replaceAll('%3A', ':')}` : '';
}

export const router = new Router();
