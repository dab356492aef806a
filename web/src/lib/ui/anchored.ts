import type { Action } from 'svelte/action';

const gap = 6;
const edge = 8;

/**
 * Puts a native popover under the button that opens it, ends aligned, inside the window. (CSS anchors would do it
 * alone, where every browser had them.)
 */
export const anchored: Action<HTMLElement, () => HTMLElement | undefined> = (node, anchor) => {
  const place = () => {
    const button = anchor()?.getBoundingClientRect();
    if (!button) return;
    const { offsetWidth: width, offsetHeight: height } = node;
    const below = button.bottom + gap;
    const top = below + height + edge > innerHeight ? Math.max(edge, button.top - gap - height) : below;
    node.style.left = `${Math.min(Math.max(edge, button.right - width), innerWidth - width - edge)}px`;
    node.style.top = `${top}px`;
  };
  const toggled = (event: Event) => {
    const open = (event as ToggleEvent).newState === 'open';
    anchor()?.setAttribute('aria-expanded', String(open));
    if (open) place();
    for (const type of ['scroll', 'resize'] as const)
      if (open) addEventListener(type, place, { passive: true });
      else removeEventListener(type, place);
  };
  node.addEventListener('toggle', toggled);
  return {
    destroy() {
      node.removeEventListener('toggle', toggled);
      removeEventListener('scroll', place);
      removeEventListener('resize', place);
    },
  };
};
