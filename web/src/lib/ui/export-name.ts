import { slug } from './download';

/** "cpu_vm_2026-11-29_2008.png": what, of which host or query, and when it ends, by the viewer's clock. */
export function exportName(parts: readonly string[], atMs: number, extension: string): string {
  const time = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const name = [...parts.map(slug).filter(Boolean), day, two(time.getHours()) + two(time.getMinutes())].join('_');
  return `${name}.${extension}`;
}
