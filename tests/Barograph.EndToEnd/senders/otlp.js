// OpenTelemetry's SDK for JavaScript with its own exporters: node otlp.js <json|protobuf|grpc> <address>
import { OTLPMetricExporter as Grpc } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as Json } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as Protobuf } from '@opentelemetry/exporter-metrics-otlp-proto';
import { AggregationType, InstrumentType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

const [protocol, url] = process.argv.slice(2);
const Exporter = { json: Json, protobuf: Protobuf, grpc: Grpc }[protocol];
const provider = new MeterProvider({
  readers: [new PeriodicExportingMetricReader({ exporter: new Exporter({ url, compression: 'gzip' }), exportIntervalMillis: 60_000 })],
  views: [{ instrumentName: 'js.size', instrumentType: InstrumentType.HISTOGRAM, aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
});
const meter = provider.getMeter('shop', '1.0');
const by = { protocol, route: '/cart' };
meter.createCounter('js.orders', { unit: '{order}', description: 'Orders placed.' }).add(7, by);
meter.createHistogram('js.latency', { unit: 's' }).record(0.3, by);
meter.createHistogram('js.size', { unit: 'By' }).record(1000, by);
await provider.forceFlush();
await provider.shutdown();
