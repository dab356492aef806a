const quietMs = 5_000;

/**
 * The app's two live regions. Messages are merged, and at most one is spoken each five seconds: a page that talks all
 * the time is not listened to. The crosshair's values are asked for key by key and are spoken at once.
 */
class Announcer {
  polite = $state('');
  alert = $state('');
  readonly #waiting = { polite: new Set<string>(), alert: new Set<string>() };
  readonly #spokenMs = { polite: -Infinity, alert: -Infinity };

  say(text: string, region: 'polite' | 'alert' = 'polite'): void {
    const waiting = this.#waiting[region];
    waiting.add(text);
    if (waiting.size > 1) return;
    const restMs = this.#spokenMs[region] + quietMs - performance.now();
    if (restMs <= 0) this.#speak(region);
    else setTimeout(() => this.#speak(region), restMs);
  }

  /** In answer to a key: replaces what was said before. */
  answer(text: string): void {
    this.polite = text;
  }

  #speak(region: 'polite' | 'alert'): void {
    this[region] = [...this.#waiting[region]].join('. ');
    this.#waiting[region].clear();
    this.#spokenMs[region] = performance.now();
  }
}

export const announcer = new Announcer();
