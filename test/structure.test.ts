import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';

const SOURCES = fileURLToPath(new URL('../src/', import.meta.url));

/** Their time is src/clock.ts's, so that a test can tell what time it is and let it pass. */
const ON_THE_INJECTED_CLOCK = ['dispatch', 'webhooks', 'sandbox'];
const OWN_TIME =
  /timers\/promises|node:timers|\bset(?:Timeout|Interval)\s*\(|performance\.now|Date\.now|new Date\(\)/;

const ABOVE_PROVIDERS_AND_DB = ['cli', 'dispatch', 'main.ts', 'orders', 'sandbox', 'shipments', 'webhooks'];

/** Each room of src/dispatch imports from those after it only; so does ship-due.ts, which is before them all. */
const ROOMS = ['ship-due.ts', 'lane', 'summary', 'send', 'run', 'claims'];

interface Import {
  from: string;
  to: string;
}

test.each(ON_THE_INJECTED_CLOCK)(
  'nothing in src/%s waits or looks at a clock but the injected one',
  (folder) => {
    const offenders = filesIn(folder).filter((file) => OWN_TIME.test(read(file)));

    expect(offenders).toEqual([]);
  },
);

describe('imports go one way', () => {
  it('src/providers and src/db import nothing from above them', () => {
    const upward = [...importsOf('db'), ...importsOf('providers')].filter(({ to }) =>
      ABOVE_PROVIDERS_AND_DB.includes(topFolder(to)),
    );

    expect(upward.map(asText)).toEqual([]);
  });

  it('src/schema.ts, of which every edge is made, imports nothing from src', () => {
    expect(read('schema.ts')).not.toMatch(/from '\./);
  });

  it('src/providers and src/db do not know each other', () => {
    const sideways = [...importsOf('db'), ...importsOf('providers')].filter(
      ({ from, to }) => topFolder(from) !== topFolder(to) && ['providers', 'db'].includes(topFolder(to)),
    );

    expect(sideways.map(asText)).toEqual([]);
  });

  it('the rooms of src/dispatch import only from those after them', () => {
    const backward = importsOf('dispatch').filter(
      ({ from, to }) => to.startsWith('dispatch/') && placeOf(to) < placeOf(from) && placeOf(to) >= 0,
    );

    expect(backward.map(asText)).toEqual([]);
  });

  it('every folder of src/dispatch has its place in that order', () => {
    const rooms = new Set(filesIn('dispatch').map(roomOf));

    expect([...rooms].filter((room) => !ROOMS.includes(room) && !room.endsWith('.ts'))).toEqual([]);
  });
});

/** The TypeScript files in a folder of src, as paths from there. */
function filesIn(folder: string): string[] {
  return readdirSync(`${SOURCES}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => posix.join(folder, path))
    .sort();
}

function read(file: string): string {
  return readFileSync(`${SOURCES}${file}`, 'utf8');
}

/** What the files of a folder import from src; types too, since whoever reads a file follows those as well. */
function importsOf(folder: string): Import[] {
  return filesIn(folder).flatMap((from) =>
    [...read(from).matchAll(/(?:\bfrom|\bimport\()\s*'(\.[^']+)'/g)].map(([, path = '']) => ({
      from,
      to: posix.join(posix.dirname(from), path),
    })),
  );
}

function asText({ from, to }: Import): string {
  return `${from} -> ${to}`;
}

function topFolder(file: string): string {
  return file.split('/', 1)[0] ?? '';
}

function roomOf(file: string): string {
  return file.split('/')[1] ?? '';
}

/** -1 for what belongs to no room. */
function placeOf(file: string): number {
  return ROOMS.indexOf(roomOf(file));
}
