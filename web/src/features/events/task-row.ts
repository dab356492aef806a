import type { Task } from '../../lib/api/schema';

/** A task as the table sorts it: numbers in place of times, NaN for what was not told. */
export interface TaskRow {
  key: string;
  id: string;
  type: string;
  status: string;
  reason: string;
  component: string;
  worker: string;
  endMs: number;
  /** Seconds, as the two below it. */
  duration: number;
  waited: number;
  cpu: number;
  /** Bytes. */
  memory: number;
}

export function taskRow(task: Task): TaskRow {
  const endMs = msOf(task.end);
  return {
    // A task that was tried again is there once for each attempt.
    key: `${task.task_id} ${task.end}`,
    id: task.task_id,
    type: task.task_type,
    status: task.status,
    reason: task.failure_reason ?? '',
    component: task.component ?? '',
    worker: task.worker ?? '',
    endMs,
    duration: task.duration_seconds ?? NaN,
    waited: secondsBetween(task.queued, task.start),
    cpu: task.cpu_seconds ?? NaN,
    memory: task.memory_bytes ?? NaN,
  };
}

/** A moment on the way of a task, and how long it took from the one before. */
export interface TaskStep {
  name: 'Queued' | 'Started' | 'Finished';
  atMs: number;
  /** NaN for the first. */
  afterSeconds: number;
}

/** What is known of a task's way, in order. */
export function stepsOf(task: Pick<Task, 'queued' | 'start' | 'end' | 'duration_seconds'>): TaskStep[] {
  const known = (
    [
      ['Queued', task.queued],
      ['Started', task.start],
      ['Finished', task.end],
    ] as const
  ).filter(([, time]) => time !== null);
  return known.map(([name, time], i) => {
    const former = i > 0 ? known[i - 1] : null;
    // Times are kept to the millisecond; the duration is more exact.
    const exact = former?.[0] === 'Started' && name === 'Finished' ? task.duration_seconds : null;
    return { name, atMs: msOf(time), afterSeconds: exact ?? (former ? secondsBetween(former[1], time) : NaN) };
  });
}

function msOf(time: string | null): number {
  return time === null ? NaN : Date.parse(time);
}

function secondsBetween(from: string | null, to: string | null): number {
  return (msOf(to) - msOf(from)) / 1000;
}
