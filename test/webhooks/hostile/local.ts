import { ALIVE, type Answer, DUPLICATE, HOST, STORED, UNSIGNED } from './answer.ts';
import { type Hostile, post, UNSIGNED_HEADERS } from './request.ts';

const unsigned = (headers: Readonly<Record<string, string>> = {}) =>
  post({ headers: { ...UNSIGNED_HEADERS, ...headers } });
const from =
  (answer: Answer) =>
  (host: string): Hostile => [`Host: ${host}`, unsigned({ Host: host }), answer, ALIVE];
const refused = (header: string, value: string): Hostile => [
  `${header}: ${value}`,
  unsigned({ [header]: value }),
  UNSIGNED,
  ALIVE,
];

/** To a receiver without a secret: what did not start on this machine. */
export const LOCAL: readonly Hostile[] = [
  ...[
    '',
    'shipping.example',
    'localhost.example',
    '127.0.0.1.example',
    'localhost@shipping.example',
    'shipping.example#localhost',
    'localhost, shipping.example',
    'localhost:80:80',
    'localhost:x',
    'localhost.',
    '0.0.0.0',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '128.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    '[::]',
    '[::ffff:10.0.0.1]',
    '::1',
    '127.0.0.1\xff',
  ].map(from(UNSIGNED)),
  [
    'two Hosts, the first local',
    post({ headers: UNSIGNED_HEADERS, lines: ['Host: evil.example'] }),
    HOST,
    ALIVE,
  ],
  refused('Forwarded', 'for=127.0.0.1'),
  refused('X-Forwarded-For', '127.0.0.1'),
  refused('X-FORWARDED-HOST', 'localhost'),
  refused('X-Forwarded-Anything', ''),
  refused('Origin', 'null'),
  refused('Origin', 'http://localhost:3000'),
];

export const LOCAL_TAKEN: readonly Hostile[] = [
  ...['localhost', 'LocalHost:65535', '127.0.0.1', '127.255.255.254:8080', '[::1]:80'].map(from(STORED)),
];

/** A signature that nobody asks for is not looked at. */
export const LOCAL_REPLAYS: readonly Hostile[] = [
  [
    'the same event unsigned, then with any signature',
    Buffer.concat([unsigned(), post({ signs: 'x' })]),
    STORED,
    DUPLICATE,
    ALIVE,
  ],
];
