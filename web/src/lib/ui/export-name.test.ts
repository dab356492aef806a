import { expect, test } from 'vitest';
import { printSpan } from '../format/dates';
import { exportName } from './export-name';

const at = Date.UTC(2026, 10, 29, 20, 8, 10);

test('a file says what it is of, of which host, and when', () => {
  expect(exportName(['Disk I/O', 'web-1.example.org'], at, 'csv')).toBe(
    'disk-io_web-1-example-org_2026-11-29_2008.csv',
  );
  expect(exportName(['CPU', ''], at, 'png')).toBe('cpu_2026-11-29_2008.png');
});

test('a picture says the day and the zone, whatever today is', () => {
  expect(printSpan(at, at + 300_000)).toBe('29 Nov 2026, 20:08:10 – 20:13:10 UTC');
  expect(printSpan(at, at + 86_400_000)).toBe('29 Nov 2026, 20:08 – 30 Nov 2026, 20:08 UTC');
});
