// InfluxDB's own client for version 2, which sends gzip: node influx.js <address>
import { InfluxDB, Point } from '@influxdata/influxdb-client';

const [url] = process.argv.slice(2);
const writer = new InfluxDB({ url, token: 'any' }).getWriteApi('any', 'garden', 'ms', { gzipThreshold: 10 });
writer.writePoint(new Point('soil').tag('bed', 'north east').floatField('moisture', 0.25).intField('worms', 12).timestamp(new Date()));
await writer.close();
