import { describe, expect, test } from 'vitest';
import type { DoorsStatus } from '../../lib/api/schema';
import { doorsOf } from './doors';
import { reachNote, senderKinds } from './senders';
import type { Source } from './source-state';

const origin = 'http://metrics:9000';
const open: DoorsStatus = {
  isLocalOnly: false,
  otlpGrpcPort: 21211,
  otlpHttpPort: 21212,
  statsDPort: 21213,
  isScraping: true,
};
const closed: DoorsStatus = {
  isLocalOnly: true,
  otlpGrpcPort: null,
  otlpHttpPort: null,
  statsDPort: null,
  isScraping: false,
};
const source = (door: string, samplesPerSecond: number, rejected = 0): Source => ({
  door,
  sender: '10.0.0.1',
  firstSeenMs: 0,
  lastSeenMs: 0,
  requests: 1,
  samples: 1,
  samplesPerSecond,
  lagSeconds: null,
  rejected,
  lastRejectionMs: null,
  lastRejection: null,
  rejections: [],
});

describe('snippets', () => {
  const kind = (id: string, doors: DoorsStatus | null) => senderKinds(origin, doors).find((one) => one.id === id)!;

  test('have the ports that this server has opened', () => {
    expect(kind('opentelemetry', open).text).toContain('ENDPOINT=http://metrics:21211');
    expect(kind('opentelemetry', open).text).toContain(`OTEL_EXPORTER_OTLP_ENDPOINT=${origin}`);
    expect(kind('statsd', open).text).toContain('nc -u -w1 metrics 21213');
  });

  test('say how a door is opened that is not', () => {
    expect(kind('opentelemetry', closed).text).toContain('--otlp-grpc');
    expect(kind('statsd', closed).closed).toContain('--statsd');
    expect(kind('scrape', closed).closed).toContain('--scrape');
    expect(kind('prometheus', closed).closed).toBeUndefined();
  });

  test('have the usual ports until the server has told its own', () => {
    expect(kind('opentelemetry', null).text).toContain('http://metrics:4317');
  });
});

test('senders on other hosts are told when they cannot reach this address', () => {
  expect(reachNote(origin, open)).toBeNull();
  expect(reachNote('http://localhost:9000', open)).toContain('instead of localhost');
  expect(reachNote(origin, closed)).toContain('--listen');
});

test('a door adds up its senders, of every signal of OpenTelemetry too', () => {
  const doors = doorsOf(origin, open, [source('OTLP', 5), source('OTLP logs', 1, 2), source('StatsD', 3)]);
  expect(doors.find((door) => door.id === 'otlp')).toMatchObject({ senders: 2, samplesPerSecond: 6, rejected: 2 });
  expect(doors.find((door) => door.id === 'statsd')).toMatchObject({
    open: true,
    where: 'UDP metrics:21213',
    senders: 1,
  });
  expect(
    doorsOf(origin, closed, [])
      .filter((door) => !door.open)
      .map((door) => door.id),
  ).toEqual(['statsd', 'scrape']);
});
