import { describe, expect, test } from 'vitest';
import { FrameError, readFrame, type FrameSink, type History } from './frames';

/** Bytes as the protocol's page writes them: [offset, type, value]. */
type Field = [offset: number, type: 'u8' | 'u16' | 'u32' | 'f64', value: number];

function bytes(length: number, ...fields: Field[]): ArrayBuffer {
  const buffer = new ArrayBuffer(length);
  const view = new DataView(buffer);
  for (const [offset, type, value] of fields) {
    if (type === 'u8') view.setUint8(offset, value);
    else if (type === 'u16') view.setUint16(offset, value, true);
    else if (type === 'u32') view.setUint32(offset, value, true);
    else view.setFloat64(offset, value, true);
  }
  return buffer;
}

class Recorder implements FrameSink {
  ticks: [number, boolean][] = [];
  segments: [number, number, number, number[]][] = [];
  histories: History[] = [];
  heartbeats: number[] = [];
  views: Float64Array[] = [];
  tick(timeMs: number, gap: boolean) {
    this.ticks.push([timeMs, gap]);
  }
  segment(id: number, generation: number, timeMs: number, values: Float64Array) {
    this.segments.push([id, generation, timeMs, [...values]]);
    this.views.push(values);
  }
  history(history: History) {
    this.histories.push(history);
  }
  heartbeat(timeMs: number) {
    this.heartbeats.push(timeMs);
  }
}

function read(buffer: ArrayBuffer): Recorder {
  const recorder = new Recorder();
  readFrame(buffer, recorder);
  return recorder;
}

const tickOfTwo = () =>
  bytes(
    16 + 16 + 16 + 16 + 8,
    [0, 'u8', 1],
    [1, 'u8', 1],
    [2, 'u16', 1],
    [4, 'u32', 2],
    [8, 'f64', 1763710001000],
    [16, 'u32', 7],
    [20, 'u32', 3],
    [24, 'u32', 2],
    [32, 'f64', 0.5],
    [40, 'f64', NaN],
    [48, 'u32', 8],
    [52, 'u32', 1],
    [56, 'u32', 1],
    [64, 'f64', -2],
  );

describe('a frame', () => {
  test('of a tick gives each subscription its values', () => {
    const { ticks, segments } = read(tickOfTwo());
    expect(ticks).toEqual([[1763710001000, true]]);
    expect(segments).toEqual([
      [7, 3, 1763710001000, [0.5, NaN]],
      [8, 1, 1763710001000, [-2]],
    ]);
  });

  test('is read in place, without a copy', () => {
    const buffer = tickOfTwo();
    expect(read(buffer).views.every((view) => view.buffer === buffer)).toBe(true);
  });

  test('of a history gives its grid and series after series', () => {
    const [history] = read(
      bytes(
        40 + 6 * 8,
        [0, 'u8', 1],
        [1, 'u8', 2],
        [4, 'u32', 7],
        [8, 'f64', 60_000],
        [16, 'f64', 1000],
        [24, 'u32', 2],
        [28, 'u32', 2],
        [32, 'u32', 3],
        ...[1, 2, 3, 4, 5, 6].map((value, i): Field => [40 + i * 8, 'f64', value]),
      ),
    ).histories;
    expect(history).toMatchObject({ id: 7, generation: 2, firstMs: 60_000, stepMs: 1000, seriesCount: 2, points: 3 });
    expect([...history.values]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('of a heartbeat gives its time', () => {
    expect(read(bytes(16, [0, 'u8', 1], [1, 'u8', 3], [8, 'f64', 5000])).heartbeats).toEqual([5000]);
  });

  test.each([
    ['without a header', new ArrayBuffer(8)],
    ['of another version', bytes(16, [0, 'u8', 2], [1, 'u8', 3])],
    ['of an unknown kind', bytes(16, [0, 'u8', 1], [1, 'u8', 9])],
    ['with a segment after its end', bytes(16, [0, 'u8', 1], [1, 'u8', 1], [4, 'u32', 1])],
    ['with values after its end', bytes(32, [0, 'u8', 1], [1, 'u8', 1], [4, 'u32', 1], [24, 'u32', 1])],
    ['with a history cut short', bytes(40, [0, 'u8', 1], [1, 'u8', 2], [28, 'u32', 1], [32, 'u32', 1])],
    ['with a history without header', bytes(16, [0, 'u8', 1], [1, 'u8', 2])],
  ])('%s is refused', (_name, buffer) => {
    expect(() => read(buffer)).toThrow(FrameError);
  });
});
