import { expect, test } from 'vitest';
import { anEvent, aReceiver, countEvents, deliver, SECRET, signature } from './support.ts';

const SIGNED = { env: { SHIPCTL_FICTIONAL_WEBHOOK_SECRET: SECRET } };
const signed = (url: string, body: string, id: string) => deliver(url, body, signature(body, { id }));

test('refuses another body under an id that came before, and keeps the first', async () => {
  const { url, db } = await aReceiver(SIGNED);
  const other = anEvent({ event_name: 'delivered' });

  const first = await signed(url, anEvent(), 'msg_1');
  const second = await signed(url, other, 'msg_1');
  const again = await signed(url, anEvent(), 'msg_1');
  const elsewhere = await signed(url, other, 'msg_2');

  expect(first.body).toMatchObject({ status: 'stored' });
  expect(second).toMatchObject({
    status: 422,
    body: {
      title: 'Unprocessable Entity',
      detail: 'The webhook-id was used for another body before.',
      errors: [{ pointer: '' }],
    },
  });
  expect(again.body).toMatchObject({ status: 'duplicate' });
  expect(elsewhere.body).toMatchObject({ status: 'stored' });
  expect(await countEvents(db)).toBe(2);
});

test('refuses all but one of many bodies that arrive at the same time under one id', async () => {
  const { url, db } = await aReceiver(SIGNED);
  const bodies = Array.from({ length: 20 }, (_, number) => anEvent({ order_id: `co-${number}` }));

  const answers = await Promise.all(bodies.map((body) => signed(url, body, 'msg_1')));

  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(422)]);
  expect(await countEvents(db)).toBe(1);
});

test('an id that was refused for its body is not remembered', async () => {
  const { url } = await aReceiver(SIGNED);

  const refused = await signed(url, anEvent({ event_name: 'lost' }), 'msg_1');
  const corrected = await signed(url, anEvent(), 'msg_1');

  expect([refused.status, corrected.status]).toEqual([422, 200]);
});
