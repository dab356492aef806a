import { liveState } from '../../lib/live/live.svelte';
import { router } from '../../lib/router.svelte';
import { pageRange } from '../../lib/time/page-range.svelte';
import { theme } from '../../lib/ui/theme.svelte';
import { navigation } from './navigation.svelte';
import { pages } from './pages';

/** Something a person can do from the keyboard. The list under `?` is this list. */
export interface Command {
  id: string;
  label: string;
  /** One key, or two in a row: "g h". */
  keys: string;
  run: () => void;
}

const storageKey = 'barograph.shortcuts';
const sequenceMs = 1_500;

/** Shortcuts: off while somebody types, and off for good for those who speak to their browser (WCAG 2.1.4). */
class Commands {
  enabled = $state(readEnabled());
  dialogOpen = $state(false);
  #first = '';
  #firstMs = 0;

  readonly list: Command[] = [
    ...pages.map((page) => ({
      id: `go.${page.path}`,
      label: `Go to ${page.title}`,
      keys: `g ${page.key ?? page.title[0].toLowerCase()}`,
      run: () => router.go(pageRange.link(page.path)),
    })),
    { id: 'live.pause', label: 'Pause or resume live updates', keys: 'p', run: () => togglePause() },
    { id: 'range.out', label: 'Show twice as much time', keys: 'z', run: () => pageRange.zoomOut() },
    { id: 'range.reset', label: 'Back from a zoom to live', keys: 'Escape', run: () => pageRange.reset() },
    { id: 'navigation', label: 'Narrow or wide navigation', keys: 'n', run: () => navigation.toggle() },
    { id: 'theme', label: 'Switch theme', keys: 't', run: () => theme.toggle() },
    { id: 'shortcuts', label: 'Show this list', keys: '?', run: () => (this.dialogOpen = true) },
  ];

  setEnabled(enabled: boolean): void {
    this.enabled = enabled;
    try {
      localStorage.setItem(storageKey, enabled ? 'on' : 'off');
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  }

  onKey(event: KeyboardEvent): void {
    if (!this.enabled || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || document.querySelector('dialog[open], :popover-open')) return;
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
