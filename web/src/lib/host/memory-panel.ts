import type { PanelDefinition } from '../charts/panel';

/**
 * Memory as `free` and `htop` count it: used is what is not available. What is available is cache, which is given back
 * when it is wanted, or free. A system without the kernel's estimate says only what is free.
 */
export const memoryPanel: Omit<PanelDefinition, 'id' | 'title'> = {
  subtitle: 'used is what is not available',
  unit: 'bytes',
  expr: (at) => {
    const free = `sum(${at.gauge('system_memory_usage_bytes{system_memory_state="free"}')})`;
    const available = `(sum(${at.gauge('system_linux_memory_available_bytes')}) or ${free})`;
    const parts = {
      used: `sum(${at.gauge('system_memory_limit_bytes')}) - ${available}`,
      cache: `clamp_min(${available} - ${free}, 0)`,
      free: `(${free} < ${available} or ${available})`,
    };
    return Object.entries(parts)
      .map(([use, expr]) => `label_replace(${expr}, "use", "${use}", "", "")`)
      .join(' or ');
  },
  by: ['use'],
  names: { used: 'used', cache: 'cache', free: 'free' },
  colours: { used: 6, cache: 3, free: 8 },
  stacked: true,
  whole: true,
  blank: ['free'],
};
