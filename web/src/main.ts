import { live } from './lib/live/connection';

/** So long the app waits for the server's greeting: with it, the first rendering already asks for its data. */
const greetingPatienceMs = 150;

// The socket is opened before the framework is even parsed: its handshake and the app's loading overlap.
live.open();
const app = import('./app');
const patience = new Promise((resolve) => setTimeout(resolve, greetingPatienceMs));
void Promise.race([live.greeted(), patience])
  .then(() => app)
  .then(({ start }) => start(document.getElementById('app')!));
