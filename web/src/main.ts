import { live } from './lib/live/connection';

// The socket is opened before the framework is even parsed: its handshake and the app's start overlap.
live.open();
void import('./app').then(({ start }) => start(document.getElementById('app')!));
