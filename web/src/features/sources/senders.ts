import type { DoorsStatus } from '../../lib/api/schema';

/** A kind of sender: how it is connected, with this server's own address in it. */
export interface SenderKind {
  id: string;
  title: string;
  /** Where the text goes. */
  where: string;
  text: string;
  /** How the door is opened, when it is not open. */
  closed?: string;
}

/** Ports are those that are usual until the server has told its own. */
const usual: DoorsStatus = {
  isLocalOnly: false,
  otlpGrpcPort: 4317,
  otlpHttpPort: 4318,
  statsDPort: 8125,
  isScraping: true,
};

/**
 * @param origin this server as the browser reaches it, such as `http://metrics:8000`.
 * @param doors which of its doors are open, once that is known.
 */
export function senderKinds(origin: string, doors: DoorsStatus | null = null): SenderKind[] {
  const { hostname } = new URL(origin);
  const open = doors ?? usual;
  const overGrpc = open.otlpGrpcPort
    ? `; over gRPC: PROTOCOL=grpc, ENDPOINT=http://${hostname}:${open.otlpGrpcPort}`
    : '; gRPC is not open here (--otlp-grpc)';
  return [
    {
      id: 'agent',
      title: 'Another host',
      where: 'a shell on that host; the same program, with a queue on disk for when this server is away',
      text: `barograph agent --server ${origin}`,
    },
    {
      id: 'prometheus',
      title: 'Prometheus',
      where: 'prometheus.yml',
      text: `remote_write:\n  - url: ${origin}/api/v1/write`,
    },
    {
      id: 'opentelemetry',
      title: 'OpenTelemetry',
      where: 'the environment of an application with an OTLP exporter',
      text:
        `# metrics, traces and logs${overGrpc}\n` +
        `OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nOTEL_EXPORTER_OTLP_ENDPOINT=${origin}`,
    },
    {
      id: 'collector',
      title: 'OpenTelemetry Collector',
      where: "the collector's configuration; add otlphttp to the exporters of its pipelines",
      text: `exporters:\n  otlphttp:\n    endpoint: ${origin}`,
    },
    {
      id: 'influx',
      title: 'Telegraf, InfluxDB clients',
      where: 'telegraf.conf',
      text: `[[outputs.influxdb_v2]]\n  urls = ["${origin}"]\n  bucket = "telegraf"\n  organization = "any"\n  token = "none"`,
    },
    {
      id: 'statsd',
      title: 'StatsD',
      where: 'a shell, to try it',
      text: `echo 'shop.orders:1|c' | nc -u -w1 ${hostname} ${open.statsDPort ?? 8125}`,
      ...(open.statsDPort ? {} : { closed: 'It is not listened for: start the server with --statsd 8125.' }),
    },
    {
      id: 'scrape',
      title: 'Pages of metrics',
      where: 'the file of --scrape, in the form of prometheus.yml; the server fetches the pages',
      text: "scrape_configs:\n  - job_name: node\n    static_configs:\n      - targets: ['web-1:9100']",
      ...(open.isScraping ? {} : { closed: 'Nothing is scraped: start the server with --scrape prometheus.yml.' }),
    },
    {
      id: 'events',
      title: 'Events',
      where: 'a shell, or one line in an application',
      text: `curl ${origin}/api/v1/events -d '{"type":"business","name":"order","value":59.90,"currency":"EUR"}'`,
    },
  ];
}

/** What a sender on another host must know, or nothing. */
export function reachNote(origin: string, doors: DoorsStatus | null): string | null {
  if (doors?.isLocalOnly)
    return 'This server listens to its own machine only. For senders on other hosts start it with --listen "*", or with one of its addresses.';
  const { hostname } = new URL(origin);
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
    ? `On other hosts write this server's name or address instead of ${hostname}.`
    : null;
}
