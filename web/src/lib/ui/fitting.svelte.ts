import type { Action } from 'svelte/action';

/**
 * How many of a table's lesser columns are left out so that the others fit. It measures after each change of size,
 * before the browser paints: a column that would have to be scrolled to is never the one a person came for.
 */
export class Fitting {
  /** So many columns are left out, of those that may be. */
  left = $state(0);
  /** There is more to the right of what is seen. */
  more = $state(false);
  /** The width that the table needs with 0, 1, 2 … columns left out, as far as it was too wide. */
  #needs: number[] = [];
  readonly #leavable: () => number;
  #leavableBefore = -1;

  constructor(leavable: () => number) {
    this.#leavable = leavable;
  }

  /** For the element that scrolls; its first child is the table. */
  readonly watch: Action<HTMLElement> = (node) => {
    const look = () => this.measure(node.clientWidth, node.scrollWidth, node.scrollLeft);
    const observer = new ResizeObserver(look);
    observer.observe(node);
    observer.observe(node.firstElementChild!);
    node.addEventListener('scroll', look, { passive: true });
    return {
      destroy() {
        observer.disconnect();
        node.removeEventListener('scroll', look);
      },
    };
  };

  /** Takes note of the room there is and of the width that the content has now, in pixels. */
  measure(room: number, content: number, scrolled: number): void {
    this.more = content - scrolled - room > 1;
    const leavable = this.#leavable();
    if (leavable !== this.#leavableBefore) [this.left, this.#needs, this.#leavableBefore] = [0, [], leavable];
    if (content > room + 1 && this.left < leavable) this.#needs[this.left++] = content;
    else if (this.left > 0 && room >= this.#needs[this.left - 1]) this.left--;
  }
}
