import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LiveConnection } from './connection';
import type { QueryRequest } from './query';

/** A WebSocket whose other end is the test. */
class FakeSocket {
  static readonly OPEN = 1;
  static made: FakeSocket[] = [];
  readyState = 0;
  binaryType = '';
  sent: Record<string, unknown>[] = [];
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.made.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close() {
    this.readyState = 3;
    this.onclose?.();
  }
  text(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  hello(nowMs = 100_000) {
    this.readyState = FakeSocket.OPEN;
    this.text({ type: 'hello', version: '0', nowMs, startedMs: 0, tickMs: 1000, collectMs: 1000 });
  }
  series(id: number, ...labels: object[]) {
    this.text({ type: 'series', id, generation: 1, series: labels });
  }
  history(id: number, firstMs: number, stepMs: number, values: number[], unfinishedFollows = false) {
    const buffer = new ArrayBuffer(40 + values.length * 8);
    const view = new DataView(buffer);
    view.setUint8(0, 1);
    view.setUint8(1, 2);
    view.setUint16(2, unfinishedFollows ? 2 : 0, true);
    view.setUint32(4, id, true);
    view.setFloat64(8, firstMs, true);
    view.setFloat64(16, stepMs, true);
    view.setUint32(24, 1, true);
    view.setUint32(28, 1, true);
    view.setUint32(32, values.length, true);
    new Float64Array(buffer, 40).set(values);
    this.onmessage?.({ data: buffer });
  }
  tick(timeMs: number, segments: [id: number, value: number][], gap = false) {
    const buffer = new ArrayBuffer(16 + segments.length * 24);
    const view = new DataView(buffer);
    view.setUint8(0, 1);
    view.setUint8(1, 1);
    view.setUint16(2, gap ? 1 : 0, true);
    view.setUint32(4, segments.length, true);
    view.setFloat64(8, timeMs, true);
    segments.forEach(([id, value], i) => {
      view.setUint32(16 + i * 24, id, true);
      view.setUint32(20 + i * 24, 1, true);
      view.setUint32(24 + i * 24, 1, true);
      view.setFloat64(32 + i * 24, value, true);
    });
    this.onmessage?.({ data: buffer });
  }
}

const cpu: QueryRequest = { expr: 'cpu', stepMs: 1000, rangeMs: 10_000 };
const nothing = () => {};
let connection: LiveConnection;
const socket = () => FakeSocket.made[FakeSocket.made.length - 1];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeSocket);
  FakeSocket.made = [];
  connection = new LiveConnection('ws://test/ws/live', () => 1);
  connection.open();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('a live connection', () => {
  test('subscribes once it is greeted', () => {
    connection.acquire(cpu, nothing);
    expect(socket().sent).toEqual([]);
    socket().hello();
    expect(socket().sent).toEqual([{ type: 'subscribe', id: 1, expr: 'cpu', stepMs: 1000, rangeMs: 10_000 }]);
  });

  test('shares one subscription among all who want the same', () => {
    socket().hello();
    const first = connection.acquire(cpu, nothing);
    const second = connection.acquire({ ...cpu }, nothing);
    expect(second.query).toBe(first.query);
    expect(socket().sent).toHaveLength(1);
  });

  test('unsubscribes when the last has let go, and not at once', () => {
    socket().hello();
    const first = connection.acquire(cpu, nothing);
    const second = connection.acquire(cpu, () => {});
    first.release();
    second.release();
    vi.advanceTimersByTime(2_000);
    expect(socket().sent).toHaveLength(1);
    vi.advanceTimersByTime(2_000);
    expect(socket().sent[1]).toEqual({ type: 'unsubscribe', id: 1 });
  });

  test('keeps a subscription that is wanted again in time', () => {
    socket().hello();
    connection.acquire(cpu, nothing).release();
    vi.advanceTimersByTime(1_000);
    connection.acquire(cpu, nothing);
    vi.advanceTimersByTime(10_000);
    expect(socket().sent).toHaveLength(1);
  });

  test('does not take a history for empty whose unfinished point is still to come', () => {
    socket().hello();
    const { query } = connection.acquire({ expr: 'cpu', stepMs: 7_200_000, rangeMs: 2_592_000_000 }, () => {});
    socket().series(1, { mode: 'user' });
    socket().history(1, 0, 7_200_000, [], true);
    expect(query.answered).toBe(false);
    socket().tick(100_000, [[1, 4]]);
    expect(query.answered).toBe(true);
    expect([...query.columns.times]).toEqual([100_000]);
    expect([...query.columns.values(0)]).toEqual([4]);
  });

  test('joins history and ticks without gap or duplicate', () => {
    socket().hello();
    let calls = 0;
    const { query } = connection.acquire(cpu, () => calls++);
    socket().series(1, { mode: 'user' });
    expect(query.answered).toBe(false);
    socket().history(1, 97_000, 1000, [7, 8, 9]);
    socket().tick(99_000, [[1, 9]]);
    socket().tick(100_000, [[1, 10]]);
    expect([...query.columns.times]).toEqual([97_000, 98_000, 99_000, 100_000]);
    expect([...query.columns.values(0)]).toEqual([7, 8, 9, 10]);
    expect(calls).toBe(3);
    expect(connection.serverNowMs).toBe(100_000);
  });

  test('asks for the points that dropped ticks have cost', () => {
    socket().hello();
    const { query } = connection.acquire(cpu, nothing);
    socket().series(1, {});
    socket().history(1, 99_000, 1000, [1, 2]);
    socket().tick(104_000, [[1, 6]], true);
    expect(socket().sent[1]).toEqual({ type: 'subscribe', id: 1, expr: 'cpu', stepMs: 1000, startMs: 101_000 });
    socket().series(1, {});
    socket().history(1, 101_000, 1000, [3, 4, 5, 6]);
    expect([...query.columns.values(0)]).toEqual([1, 2, 3, 4, 5, 6]);
    socket().tick(105_000, [[1, 7]]);
    expect(socket().sent).toHaveLength(2);
  });

  test('asks also for a slow query whose only point was in the dropped ticks', () => {
    socket().hello();
    connection.acquire({ expr: 'slow', stepMs: 10_000, rangeMs: 100_000 }, nothing);
    socket().series(1, {});
    socket().history(1, 90_000, 10_000, [1, 2]);
    socket().tick(109_000, [], true);
    expect(socket().sent).toHaveLength(1);
    socket().tick(113_000, [], true);
    expect(socket().sent[1]).toMatchObject({ id: 1, startMs: 110_000 });
  });

  test('connects again with growing pauses and fills the gap', () => {
    socket().hello();
    const { query } = connection.acquire(cpu, nothing);
    socket().series(1, {});
    socket().history(1, 99_000, 1000, [1, 2]);
    socket().close();
    expect(connection.socketState).toMatchObject({ kind: 'reconnecting', attempt: 1 });

    vi.advanceTimersByTime(500);
    expect(FakeSocket.made).toHaveLength(2);
    socket().close();
    expect(connection.socketState).toMatchObject({ attempt: 2 });
    vi.advanceTimersByTime(900);
    expect(FakeSocket.made).toHaveLength(2);
    vi.advanceTimersByTime(100);
    expect(FakeSocket.made).toHaveLength(3);

    socket().hello(104_000);
    expect(connection.socketState).toEqual({ kind: 'open' });
    expect(socket().sent).toEqual([{ type: 'subscribe', id: 1, expr: 'cpu', stepMs: 1000, startMs: 101_000 }]);
    expect([...query.columns.values(0)]).toEqual([1, 2]);
  });

  test('asks for the whole window after a long absence', () => {
    socket().hello();
    connection.acquire(cpu, nothing);
    socket().series(1, {});
    socket().history(1, 99_000, 1000, [1, 2]);
    socket().close();
    vi.advanceTimersByTime(500);
    socket().hello(900_000);
    expect(socket().sent[0]).toMatchObject({ rangeMs: 10_000 });
  });

  test('does not ask again for a window of the past that it has', () => {
    socket().hello();
    connection.acquire({ expr: 'past', stepMs: 1000, startMs: 1000, endMs: 3000 }, nothing);
    expect(socket().sent[0]).toMatchObject({ startMs: 1000, endMs: 3000 });
    socket().series(1, {});
    socket().history(1, 1000, 1000, [1, 2, 3]);
    socket().close();
    vi.advanceTimersByTime(500);
    socket().hello();
    expect(socket().sent).toEqual([]);
  });

  test('takes ten seconds of silence for a lost connection', () => {
    socket().hello();
    const before = Date.now();
    vi.advanceTimersByTime(9_000);
    expect(connection.socketState.kind).toBe('open');
    vi.advanceTimersByTime(3_000);
    expect(FakeSocket.made.length).toBeGreaterThan(1);
    expect(connection.socketState).toMatchObject({ kind: 'reconnecting', sinceMs: before });
  });

  test('closes when the other end speaks something else', () => {
    socket().hello();
    socket().onmessage?.({ data: '<html>' });
    expect(connection.socketState.kind).toBe('reconnecting');
    vi.advanceTimersByTime(500);
    socket().hello();
    socket().onmessage?.({ data: new ArrayBuffer(3) });
    expect(connection.socketState.kind).toBe('reconnecting');
  });

  test('tells the pause to the server, again after a reconnect', () => {
    socket().hello();
    connection.pause();
    expect(socket().sent).toEqual([{ type: 'pause' }]);
    socket().close();
    vi.advanceTimersByTime(500);
    socket().hello();
    expect(socket().sent).toEqual([{ type: 'pause' }]);
    connection.resume();
    expect(socket().sent[1]).toEqual({ type: 'resume' });
  });

  test('keeps an error with its query, and loses it with the next tick', () => {
    socket().hello();
    const { query } = connection.acquire(cpu, nothing);
    socket().text({ type: 'error', id: 1, code: 'timeout', message: 'too slow' });
    expect(query.error).toEqual({ code: 'timeout', message: 'too slow' });
    socket().series(1, {});
    socket().history(1, 99_000, 1000, [NaN]);
    expect(query.error).not.toBeNull();
    socket().tick(100_000, [[1, 1]]);
    expect(query.error).toBeNull();
    expect(query.historyError).toEqual({ code: 'timeout', message: 'too slow' });
  });

  test('says how old a sample may be', () => {
    socket().hello();
    connection.acquire({ ...cpu, lookbackMs: 3000 }, nothing);
    connection.acquire(cpu, nothing);
    expect(socket().sent.map((message) => message.lookbackMs)).toEqual([3000, undefined]);
  });

  test('asks again for a failed query on demand', () => {
    socket().hello();
    const { query } = connection.acquire(cpu, nothing);
    socket().text({ type: 'error', id: 1, code: 'bad_expression', message: '1:1' });
    connection.retry(query);
    expect(query.error).toBeNull();
    expect(socket().sent).toHaveLength(2);
  });

  test('passes on the state of the store', () => {
    socket().hello();
    const heard: string[] = [];
    connection.listen(() => heard.push(connection.status.storage));
    socket().text({ type: 'status', storage: 'read_only', message: 'full', sinceMs: 1 });
    socket().text({ type: 'status', storage: 'ok' });
    expect(heard).toEqual(['read_only', 'ok']);
  });

  test('drops values of a generation it has not been told of', () => {
    socket().hello();
    const { query } = connection.acquire(cpu, nothing);
    socket().series(1, {});
    socket().history(1, 99_000, 1000, [1, 2]);
    socket().text({ type: 'series', id: 1, generation: 2, series: [{}] });
    socket().tick(101_000, [[1, 99]]);
    expect([...query.columns.values(0)]).toEqual([1, 2]);
  });
});
