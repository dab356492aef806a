/** The tokens that a canvas needs, read once per theme: asking the style engine in each draw would cost more than it. */
export interface Palette {
  /** Colours of series 1 to 8; index 0 is not used. */
  series: string[];
  text1: string;
  text2: string;
  text3: string;
  grid: string;
  surface1: string;
  warn: string;
  crit: string;
  /** Opacity of areas. */
  area: number;
}

let cached: { theme: string | undefined; palette: Palette } | null = null;

export function palette(): Palette {
  const root = document.documentElement;
  const theme = root.dataset.theme;
  if (cached && cached.theme === theme) return cached.palette;
  const style = getComputedStyle(root);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const read = {
    series: Array.from({ length: 9 }, (_, i) => token(`--c${i}`)),
    text1: token('--text-1'),
    text2: token('--text-2'),
    text3: token('--text-3'),
    grid: token('--grid'),
    surface1: token('--surface-1'),
    warn: token('--warn'),
    crit: token('--crit'),
    area: Number(token('--area')) || 0.15,
  };
  cached = { theme, palette: read };
  return read;
}
