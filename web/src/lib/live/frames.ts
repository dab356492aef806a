/**
 * The binary frames of the live protocol (docs/live-protocol.md): little endian, all offsets multiples of 8, so that
 * the values are read in place, as views of the received buffer. (Every browser's typed arrays are little endian.)
 */

/** What a frame holds is handed over piece by piece: nothing is built that is only taken apart again. */
export interface FrameSink {
  /** A tick begins; `gap` says that ticks before it were dropped. Its segments follow. */
  tick(timeMs: number, gap: boolean): void;
  /** The values of one subscription at the tick's time. The view is valid during the call only. */
  segment(id: number, generation: number, timeMs: number, values: Float64Array): void;
  /** `unfinishedFollows`: the point of the step that is not over comes next, as a segment. */
  history(history: History, unfinishedFollows: boolean): void;
  heartbeat(timeMs: number): void;
}

/** Series after series, each with `points` values, at `firstMs + k × stepMs`. NaN = no sample. */
export interface History {
  id: number;
  generation: number;
  firstMs: number;
  stepMs: number;
  seriesCount: number;
  points: number;
  values: Float64Array;
}

/** The bytes are not a frame of this protocol: the two sides do not understand each other. */
export class FrameError extends Error {}

const Kind = { tick: 1, history: 2, heartbeat: 3 } as const;
const flagGap = 1;
const flagUnfinished = 2;
const headerBytes = 16;
const segmentHeaderBytes = 16;
const historyHeaderBytes = 40;

/** Reads one frame into a sink. Throws {@link FrameError} when the bytes are not what they say. */
export function readFrame(buffer: ArrayBuffer, sink: FrameSink): void {
  expect(buffer.byteLength >= headerBytes, `a frame of ${buffer.byteLength} bytes has no header`);
  const view = new DataView(buffer);
  const version = view.getUint8(0);
  expect(version === 1, `frame version ${version}, expected 1`);
  const kind = view.getUint8(1);
  const flags = view.getUint16(2, true);
  const timeMs = view.getFloat64(8, true);

  if (kind === Kind.tick) readTick(view, timeMs, (flags & flagGap) !== 0, sink);
  else if (kind === Kind.history) sink.history(readHistory(view, timeMs), (flags & flagUnfinished) !== 0);
  else if (kind === Kind.heartbeat) sink.heartbeat(timeMs);
  else throw new FrameError(`unknown frame kind ${kind}`);
}

function readTick(view: DataView<ArrayBuffer>, timeMs: number, gap: boolean, sink: FrameSink): void {
  sink.tick(timeMs, gap);
  const segments = view.getUint32(4, true);
  let offset = headerBytes;
  for (let i = 0; i < segments; i++) {
    expect(offset + segmentHeaderBytes <= view.byteLength, `segment ${i} of ${segments} begins after the end`);
    const id = view.getUint32(offset, true);
    const generation = view.getUint32(offset + 4, true);
    const count = view.getUint32(offset + 8, true);
    offset += segmentHeaderBytes;
    expect(offset + count * 8 <= view.byteLength, `segment ${i} ends after the end`);
    sink.segment(id, generation, timeMs, new Float64Array(view.buffer, offset, count));
    offset += count * 8;
  }
}

function readHistory(view: DataView<ArrayBuffer>, firstMs: number): History {
  expect(view.byteLength >= historyHeaderBytes, 'a history has no header');
  const seriesCount = view.getUint32(28, true);
  const points = view.getUint32(32, true);
  expect(
    view.byteLength === historyHeaderBytes + seriesCount * points * 8,
    `a history is not ${seriesCount} × ${points}`,
  );
  return {
    id: view.getUint32(4, true),
    generation: view.getUint32(24, true),
    firstMs,
    stepMs: view.getFloat64(16, true),
    seriesCount,
    points,
    values: new Float64Array(view.buffer, historyHeaderBytes, seriesCount * points),
  };
}

function expect(claim: boolean, message: string): asserts claim {
  if (!claim) throw new FrameError(message);
}
