/** Gives the person a file. */
export function download(blob: Blob, fileName: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = fileName;
  link.click();
  // Not at once: the browser still has to open it.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** "Disk I/O" → "disk-io": fit for a file's name. */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/\//g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
