// Long trials of the built program: npm run soak -- once | kill | stop | down | disk | providers | clock (each against the
// providers' own ledgers) | receiver (against what it answered)

import { clock } from './clock.js';
import { disk } from './disk.js';
import { down } from './down.js';
import { kill } from './kill.js';
import { once } from './once.js';
import { providers } from './providers.js';
import { receiver } from './receiver.js';
import { stop } from './stop.js';

const TRIALS = { once, kill, stop, down, disk, providers, clock, receiver };
const [name, ...words] = process.argv.slice(2);
const trial = TRIALS[name];
if (!trial) {
  process.stderr.write(`Name a trial: ${Object.keys(TRIALS).join(', ')} (see test/soak).\n`);
  process.exitCode = 2;
} else {
  const options = Object.fromEntries(words.map((word) => word.replace(/^--/, '').split('=')));
  const figures = await trial(options);
  // What can't be tried on this machine has said so.
  if (figures) process.stdout.write(`${name}: held\n${JSON.stringify(figures, null, 2)}\n`);
}
