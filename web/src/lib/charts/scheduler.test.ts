import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DrawScheduler } from './scheduler';

let frames: FrameRequestCallback[] = [];
const runFrame = () => {
  const due = frames;
  frames = [];
  for (const callback of due) callback(0);
};

beforeEach(() => {
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (callback: FrameRequestCallback) => frames.push(callback));
});
afterEach(() => void vi.unstubAllGlobals());

test('draws three charts a frame, in turn', () => {
  const scheduler = new DrawScheduler();
  const drawn: number[] = [];
  for (let i = 0; i < 7; i++) scheduler.request(() => drawn.push(i));
  runFrame();
  expect(drawn).toEqual([0, 1, 2]);
  runFrame();
  runFrame();
  expect(drawn).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(frames).toHaveLength(0);
});

test('draws a chart once that was marked twice', () => {
  const scheduler = new DrawScheduler();
  const draw = vi.fn();
  scheduler.request(draw);
  scheduler.request(draw);
  runFrame();
  expect(draw).toHaveBeenCalledTimes(1);
  expect(frames).toHaveLength(0);
});

test('stops when the frame has had its share of time', () => {
  const scheduler = new DrawScheduler();
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const slow = () => void (now += 9);
  const second = vi.fn();
  scheduler.request(slow);
  scheduler.request(second);
  runFrame();
  expect(second).not.toHaveBeenCalled();
  runFrame();
  expect(second).toHaveBeenCalled();
});

test('forgets a chart that went', () => {
  const scheduler = new DrawScheduler();
  const draw = vi.fn();
  scheduler.request(draw);
  scheduler.cancel(draw);
  runFrame();
  expect(draw).not.toHaveBeenCalled();
});
