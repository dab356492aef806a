// A client of Datadog's dialect of StatsD: node dogstatsd.js <port>
import { StatsD } from 'hot-shots';

const client = new StatsD({ host: '127.0.0.1', port: Number(process.argv[2]), globalTags: { env: 'test' } });
client.increment('dog.orders', 3, { region: 'eu' });
client.gauge('dog.depth', 9);
client.distribution('dog.size', 20);
client.timing('dog.login', 120);
client.close();
