import { liveState } from '../../lib/live/live.svelte';
import { router } from '../../lib/router.svelte';
import { pageRange } from '../../lib/time/page-range.svelte';
import type { IconName } from '../../lib/ui/Icon.svelte';
import { theme } from '../../lib/ui/theme.svelte';
import { navigation } from './navigation.svelte';
import { pages } from './pages';

/** Something a person can do from the keyboard. The list under `?` is this list. */
export interface Command {
  id: string;
  label: string;
  /** One key, or two in a row: "g h"; none where it is only in the command menu. */
  keys: string;
  icon: IconName;
  run: () => void;
}

const storageKey = 'barograph.shortcuts';
const sequenceMs = 1_500;
/** So long after a click where one writes, keys are taken for writing that missed its field. */
const missedTypingMs = 1_000;

/** Shortcuts: off while somebody types, and off for good for those who speak to their browser (WCAG 2.1.4). */
class Commands {
  enabled = $state(readEnabled());
  dialogOpen = $state(false);
  menuOpen = $state(false);
  #first = '';
  #firstMs = 0;
  #quietUntilMs = 0;

  readonly list: Command[] = [
    ...pages.map((page) => ({
      id: `go.${page.path}`,
      label: `Go to ${page.title}`,
      keys: page.key ? `g ${page.key}` : '',
      icon: page.icon,
      run: () => router.go(pageRange.link(page.path)),
    })),
    {
      id: 'menu',
      label: 'Find a page, a metric, a host',
      keys: '/',
      icon: 'search',
      run: () => (this.menuOpen = true),
    },
    { id: 'live.pause', label: 'Pause or resume live updates', keys: 'p', icon: 'pause', run: () => togglePause() },
    { id: 'range.out', label: 'Show twice as much time', keys: 'z', icon: 'zoomOut', run: () => pageRange.zoomOut() },
    {
      id: 'range.reset',
      label: 'Back from a zoom to live',
      keys: 'Escape',
      icon: 'back',
      run: () => pageRange.reset(),
    },
    { id: 'navigation', label: 'Narrow or wide navigation', keys: 'n', icon: 'fold', run: () => navigation.toggle() },
    { id: 'theme', label: 'Switch theme', keys: 't', icon: 'theme', run: () => theme.toggle() },
    {
      id: 'shortcuts',
      label: 'Show all keyboard shortcuts',
      keys: '?',
      icon: 'keyboard',
      run: () => (this.dialogOpen = true),
    },
  ];

  setEnabled(enabled: boolean): void {
    this.enabled = enabled;
    try {
      localStorage.setItem(storageKey, enabled ? 'on' : 'off');
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  }

  /** A click in a part of the page where one writes (`data-typing`): what is typed next is not meant for the page. */
  onPointer(event: PointerEvent): void {
    if (event.target instanceof Element && event.target.closest('[data-typing]'))
      this.#quietUntilMs = performance.now() + missedTypingMs;
  }

  onKey(event: KeyboardEvent): void {
    if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      event.preventDefault();
      if (!document.querySelector('dialog[open]')) this.menuOpen = true;
      return;
    }
    if (performance.now() < this.#quietUntilMs && event.key !== 'Escape') {
      this.#quietUntilMs = performance.now() + missedTypingMs; // as long as the typing goes on
      return;
    }
    if (!this.enabled || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || document.querySelector('dialog[open], :popover-open')) return;
    if (event.key === '/') event.preventDefault(); // or the slash would be typed into the field that opens
    const recent = performance.now() - this.#firstMs < sequenceMs ? this.#first : '';
    const command =
      this.list.find((one) => recent && one.keys === `${recent} ${event.key}`) ??
      this.list.find((one) => one.keys === event.key);
    this.#first = command ? '' : event.key;
    this.#firstMs = performance.now();
    command?.run();
  }
}

export function togglePause(): void {
  if (liveState.paused) liveState.resume();
  else liveState.pause();
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

function readEnabled(): boolean {
  try {
    return localStorage.getItem(storageKey) !== 'off';
  } catch {
    return true;
  }
}

export const commands = new Commands();
