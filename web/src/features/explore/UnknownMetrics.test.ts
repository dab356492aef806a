import { fireEvent, render, screen } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import UnknownMetrics from './UnknownMetrics.svelte';

test('a metric that there is not is named, and the one that was probably meant is written instead', async () => {
  const answers: Record<string, object> = {
    '/api/v1/label/__name__/values': ['up', 'node_cpu_seconds_total'],
    '/api/v1/metadata': {},
  };
  vi.stubGlobal('fetch', async (url: string) => {
    const { pathname } = new URL(url, 'http://localhost');
    return new Response(JSON.stringify({ status: 'success', data: answers[pathname] }));
  });
  const mend = vi.fn();
  render(UnknownMetrics, { expr: 'rate(node_cpu_second_total[5m]) / up', mend });
  expect((await screen.findByText(/There is no metric/)).textContent).toBe('There is no metric node_cpu_second_total.');
  await fireEvent.click(screen.getByRole('button', { name: 'Write “node_cpu_seconds_total” instead' }));
  expect(mend).toHaveBeenCalledWith(5, 'node_cpu_seconds_total');
});
