import { searchOf } from '../../lib/router.svelte';
import { isFixed, type TimeRange } from '../../lib/time/range';

/** Which tasks the table lists; "" is any. The address holds it. */
export interface TaskFilters {
  type: string;
  status: string;
  component: string;
  /** A text that is anywhere in the task. */
  find: string;
  /** Where an older page begins; the newest tasks without. */
  page: string;
}

const names = ['type', 'status', 'component', 'find', 'page'] as const;

/** How tasks end, in words. */
export const taskStatusWords: Readonly<Record<string, string>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  timed_out: 'timed out',
  cancelled: 'cancelled',
};

export function readTaskFilters(params: URLSearchParams): TaskFilters {
  const [type, status, component, find, page] = names.map((name) => params.get(name) ?? '');
  return { type, status, component, find, page };
}

/** Parameters with other filters; another filter begins at the newest again. */
export function writeTaskFilters(params: URLSearchParams, change: Partial<TaskFilters>): URLSearchParams {
  const next = new URLSearchParams(params);
  next.delete('page');
  for (const [name, value] of Object.entries(change))
    if (value) next.set(name, value);
    else next.delete(name);
  return next;
}

/** The filters as the API takes them. */
export function taskQuery(filters: TaskFilters, range: TimeRange, nowMs: number) {
  const [fromMs, toMs] = isFixed(range) ? [range.fromMs, range.toMs] : [nowMs - range.rangeMs, undefined];
  return {
    start: new Date(fromMs).toISOString(),
    end: toMs === undefined ? undefined : new Date(toMs).toISOString(),
    task_type: filters.type || undefined,
    status: filters.status || undefined,
    component: filters.component || undefined,
    text: filters.find || undefined,
    cursor: filters.page || undefined,
  };
}

/** The same for the export of their events. */
export function taskExportQuery(filters: TaskFilters, range: TimeRange, nowMs: number) {
  const { start, end, text } = taskQuery(filters, range, nowMs);
  const where = [
    filters.type && `task_type:${filters.type}`,
    filters.status && `status:${filters.status}`,
    filters.component && `component:${filters.component}`,
  ].filter((one) => one !== '');
  return { type: ['task.finished'], start, end, text, where: where.length > 0 ? where : undefined };
}

/** The address of one task, from the page as it is: going back leads to the same list. */
export function taskLink(params: URLSearchParams, taskId: string): string {
  const next = new URLSearchParams(params);
  next.set('task', taskId);
  return `/tasks${searchOf(next)}`;
}
