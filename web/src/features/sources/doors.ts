import type { DoorsStatus } from '../../lib/api/schema';
import type { Source } from './source-state';

/** One way in: where it is, and what all its senders together do. */
export interface Door {
  id: string;
  title: string;
  /** Its addresses; when it is closed, how it is opened. */
  where: string;
  open: boolean;
  senders: number;
  samplesPerSecond: number;
  rejected: number;
}

/** Every door there is, in the order of the documentation, with what came through it. */
export function doorsOf(origin: string, status: DoorsStatus | null, sources: readonly Source[]): Door[] {
  const { hostname } = new URL(origin);
  const grpc = status?.otlpGrpcPort ? `, gRPC on ${hostname}:${status.otlpGrpcPort}` : '';
  const http = status?.otlpHttpPort ? `, ${hostname}:${status.otlpHttpPort}` : '';
  const door = (id: string, title: string, where: string, names: readonly string[], open = true): Door => {
    const own = sources.filter((source) => names.includes(source.door));
    return {
      id,
      title,
      where,
      open,
      senders: own.length,
      samplesPerSecond: own.reduce((sum, source) => sum + source.samplesPerSecond, 0),
      rejected: own.reduce((sum, source) => sum + source.rejected, 0),
    };
  };
  return [
    door('write', 'Prometheus remote write, agents', `${origin}/api/v1/write`, ['remote write']),
    door('otlp', 'OpenTelemetry', `${origin}/v1/…${http}${grpc}`, ['OTLP', 'OTLP traces', 'OTLP logs']),
    door('influx', 'InfluxDB line protocol', `${origin}/write, /api/v2/write`, ['Influx line protocol']),
    door(
      'statsd',
      'StatsD',
      status?.statsDPort ? `UDP ${hostname}:${status.statsDPort}` : 'start the server with --statsd 8125',
      ['StatsD'],
      !!status?.statsDPort,
    ),
    door(
      'scrape',
      'Scraping',
      status?.isScraping ? 'what the file of --scrape names' : 'start the server with --scrape prometheus.yml',
      ['scrape'],
      !!status?.isScraping,
    ),
    door('events', 'Events', `${origin}/api/v1/events`, ['JSON events']),
  ];
}
