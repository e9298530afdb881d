import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readAnswers } from './hostile/answer.ts';
import { send } from './hostile/connection.ts';
import { type Delivery, post, signed } from './hostile/request.ts';
import { anEvent, aReceiver, countEvents, deliver, SECRET, signature } from './support.ts';

const SIGNED = { env: { SHIPCTL_FICTIONAL_WEBHOOK_SECRET: SECRET } };
const LINES = /^HTTP\/1\.1 (?:100|200|400|401|404|405|408|413|415|422|431) /;

const place = fc.nat({ max: 9999 }).map((tenThousandths) => tenThousandths / 10_000);
/** Bytes taken out and put in, or a letter in place of another, at a place given as a share of the whole. */
const edit = fc.oneof(
  fc.record({ at: place, removed: fc.nat(2), added: fc.uint8Array({ maxLength: 3 }) }),
  fc.record({
    at: place,
    removed: fc.constant(1),
    added: fc.constantFrom(...'aX1-:" ,.{').map((letter) => Buffer.from(letter)),
  }),
);

function apply(bytes: Buffer, { at, removed, added }: { at: number; removed: number; added: Uint8Array }) {
  const index = Math.floor(at * bytes.length);
  return Buffer.concat([bytes.subarray(0, index), added, bytes.subarray(index + removed)]);
}

test('stores what was signed or nothing, whatever bytes are changed', async () => {
  const { url, db } = await aReceiver(SIGNED);
  const body = anEvent({ note: 'x'.repeat(200) });

  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), fc.uuid(), async (edits, id) => {
      const bytes = edits.reduce(apply, post({ body, headers: signed(body, { id }) }));

      const { answers } = readAnswers(await send(url, bytes, { ends: true }));

      for (const { line } of answers) expect(line).toMatch(LINES);
      const rows = await db.selectFrom('tracking_events').select('raw').execute();
      expect(rows.filter(({ raw }) => raw !== body)).toEqual([]);
    }),
    { numRuns: 400 },
  );

  expect(await deliver(url, body, signature(body))).toMatchObject({ status: 200 });
  expect(await countEvents(db)).toBe(1);
});

test('survives any bytes', async () => {
  const { url, db } = await aReceiver(SIGNED);
  const words = fc.constantFrom(
    ...[
      'POST /webhooks/fictional HTTP/1.1',
      '\r\n',
      '\r\n\r\n',
      'Host: localhost',
      'Content-Length: 5',
      ': ',
    ],
    ...['Transfer-Encoding: chunked', '0\r\n\r\n', 'Connection: close', 'Expect: 100-continue', '\n', '\0'],
  );
  const part = fc.oneof(
    words.map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  );

  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 20 }), async (parts) => {
      const { answers } = readAnswers(await send(url, Buffer.concat(parts), { ends: true }));

      for (const { line } of answers) expect(line).toMatch(LINES);
    }),
    { numRuns: 400 },
  );

  expect(await countEvents(db)).toBe(0);
  expect(await deliver(url, anEvent(), signature(anEvent()))).toMatchObject({ status: 200 });
});

test('stores an event as it was sent, or says what is wrong with which member', async () => {
  const { url, db } = await aReceiver(SIGNED);
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('delivered', 'in-transit', '2026-05-28 13:18:45', '2026-05-28T13:18:45+02:00', 'co-1'),
  );
  const members = fc.record(
    { order_id: value, event_name: value, event_time: value, extra: value },
    { requiredKeys: [] },
  );
  const changes = fc.oneof(
    members,
    members.map((some) => ({ ...JSON.parse(anEvent()), ...some, event_name: 'delivered' })),
    fc.string({ unit: 'grapheme' }).map((order_id) => ({ ...JSON.parse(anEvent()), order_id })),
    fc.jsonValue(),
  );
  let stored = 0;

  await fc.assert(
    fc.asyncProperty(changes, fc.uuid(), async (json, id) => {
      const body = JSON.stringify(json);

      const [answer] = await answersTo(url, { body, headers: signed(body, { id }) });

      const rows = await db.selectFrom('tracking_events').select('raw').execute();
      if (answer?.line === 'HTTP/1.1 200 OK') {
        if (rows.length > stored) expect(rows.map(({ raw }) => raw)).toContain(body);
        expect(Object.keys(JSON.parse(body))).toEqual(
          expect.arrayContaining(['order_id', 'event_name', 'event_time']),
        );
      } else {
        expect(answer?.line).toBe('HTTP/1.1 422 Unprocessable Entity');
        expect(rows.length).toBe(stored);
        expect(pointers(answer?.body)).toMatch(/^(?:|(?:\/order_id)?(?:\/event_name)?(?:\/event_time)?)$/);
      }
      stored = rows.length;
    }),
    { numRuns: 500 },
  );

  expect(stored).toBeGreaterThan(10);
});

test('refuses a signed text that is no JSON, and no other, as such', async () => {
  const { url, db } = await aReceiver(SIGNED);
  const text = fc
    .array(edit, { minLength: 1, maxLength: 2 })
    .map((edits) => edits.reduce(apply, Buffer.from(anEvent())));

  await fc.assert(
    fc.asyncProperty(text, fc.uuid(), async (body, id) => {
      const [answer] = await answersTo(url, { body, headers: signed(body, { id }) });

      if (!isJson(body)) expect(answer?.line).toBe('HTTP/1.1 400 Bad Request');
      else expect(answer?.line).toMatch(/ (?:200|400|422) /);
    }),
    { numRuns: 400 },
  );

  for (const { raw } of await db.selectFrom('tracking_events').select('raw').execute()) {
    expect(isJson(Buffer.from(raw))).toBe(true);
  }
});

async function answersTo(url: string, delivery: Delivery) {
  return readAnswers(await send(url, post({ ...delivery, lines: ['Connection: close'] }))).answers;
}

function pointers(problem: unknown): string {
  const matches = JSON.stringify(problem).matchAll(/"pointer":"([^"]*)"/g);
  return [...matches].map(([, pointer]) => pointer).join('');
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}
