import type { Action } from 'svelte/action';

/**
 * The keys of a menu (WAI-ARIA Authoring Practices): arrows, Home, End and first letters move; focus goes in when it
 * opens and back to the button when it closes, which the native popover does.
 */
export const menuKeys: Action<HTMLElement> = (node) => {
  const items = () => [...node.querySelectorAll<HTMLElement>('[role^=menuitem]:not(:disabled, [aria-disabled=true])')];

  const toggled = (event: Event) => {
    if ((event as ToggleEvent).newState === 'open') items()[0]?.focus();
  };
  const pressed = (event: KeyboardEvent) => {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const next = nextIndex(event.key, at, all);
    if (event.key === 'Tab') node.hidePopover();
    if (next < 0) return;
    event.preventDefault();
    all[next].focus();
  };

  node.addEventListener('toggle', toggled);
  node.addEventListener('keydown', pressed);
  return {
    destroy() {
      node.removeEventListener('toggle', toggled);
      node.removeEventListener('keydown', pressed);
    },
  };
};

function nextIndex(key: string, at: number, items: HTMLElement[]): number {
  const count = items.length;
  if (key === 'ArrowDown') return (at + 1) % count;
  if (key === 'ArrowUp') return (at - 1 + count) % count;
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  if (!/^\p{L}$/u.test(key)) return -1;
  const starts = (i: number) => items[i].textContent!.trim().toLowerCase().startsWith(key.toLowerCase());
  for (let i = 1; i <= count; i++) if (starts((at + i + count) % count)) return (at + i + count) % count;
  return -1;
}
