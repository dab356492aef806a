/** A kind of sender: how it is connected, with this server's own address in it. */
export interface SenderKind {
  id: string;
  title: string;
  /** Where the text goes. */
  where: string;
  text: string;
}

/** @param origin this server as the browser reaches it, such as `http://metrics:8000`. */
export function senderKinds(origin: string): SenderKind[] {
  const { hostname } = new URL(origin);
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
      where: 'the environment of an application or collector with an OTLP exporter',
      text:
        `# metrics, traces and logs; over gRPC: PROTOCOL=grpc, ENDPOINT=http://${hostname}:4317\n` +
        `OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nOTEL_EXPORTER_OTLP_ENDPOINT=${origin}`,
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
      where: 'a shell, to try it; the server is started with --statsd 8125',
      text: `echo 'shop.orders:1|c' | nc -u -w1 ${hostname} 8125`,
    },
    {
      id: 'scrape',
      title: 'Pages of metrics',
      where: 'prometheus.yml; the server is started with --scrape prometheus.yml and fetches them',
      text: "scrape_configs:\n  - job_name: node\n    static_configs:\n      - targets: ['web-1:9100']",
    },
    {
      id: 'events',
      title: 'Events',
      where: 'a shell, or one line in an application',
      text: `curl ${origin}/api/v1/events -d '{"type":"business","name":"order","value":59.90,"currency":"EUR"}'`,
    },
  ];
}
