import type { Action } from 'svelte/action';

const marginPx = 200;
const callbacks = new WeakMap<Element, (visible: boolean) => void>();
let observer: IntersectionObserver | null = null;

/** Tells whether an element is on screen, or nearly: what is not, neither draws nor subscribes. */
export const inView: Action<HTMLElement, (visible: boolean) => void> = (node, changed) => {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const entry of entries) callbacks.get(entry.target)?.(entry.isIntersecting);
    },
    { rootMargin: `${marginPx}px` },
  );
  callbacks.set(node, changed);
  observer.observe(node);
  return { destroy: () => observer?.unobserve(node) };
};
