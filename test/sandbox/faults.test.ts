import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { createFaults } from '../../src/sandbox/faults.ts';
import { anOrder, aSandbox, postOrder } from './support.ts';

test('fails with 503 and takes nothing', async () => {
  const { url, ledger } = await aSandbox({ failRate: 1 });

  const answer = await postOrder(url, anOrder());

  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBeNull();
  expect(ledger()).toEqual({ received: 1, unique: 0, replays: 0, conflicts: 0 });
});

test('drops the connection after it has taken the order, and again when it is repeated', async () => {
  const { url, ledger } = await aSandbox({ dropRate: 1 });

  await expect(postOrder(url, anOrder())).rejects.toThrow('fetch failed');
  await expect(postOrder(url, anOrder())).rejects.toThrow('fetch failed');

  expect(ledger()).toEqual({ received: 2, unique: 1, replays: 1, conflicts: 0 });
});

test('answers what is no order even when it is to drop', async () => {
  const { url } = await aSandbox({ dropRate: 1 });

  const answer = await postOrder(url, '{}');

  expect(answer.status).toBe(422);
});

test('answers 429 with Retry-After above the rate limit, before any other fault', async () => {
  const clock = { ...systemClock, monotonic: () => 0 };
  const { url, ledger } = await aSandbox({ rateLimit: 2, failRate: 1, clock });

  const answers = [];
  for (let sent = 0; sent < 4; sent += 1) answers.push(await postOrder(url, anOrder()));

  expect(answers.map((answer) => answer.status)).toEqual([503, 503, 429, 429]);
  expect(answers.map((answer) => answer.headers.get('retry-after'))).toEqual([null, null, '1', '1']);
  expect(ledger().unique).toBe(0);
});

test('lets through no more than the limit in any one second', () => {
  const nextFault = createFaults({ failRate: 0, dropRate: 0, rateLimit: 2, seed: 0 });

  const faults = [0, 900, 950, 999, 1000, 1001, 1899, 1900].map(nextFault);

  expect(faults).toEqual(['none', 'none', 'throttle', 'throttle', 'none', 'throttle', 'throttle', 'none']);
});

test('waits before it answers', async () => {
  const { url } = await aSandbox({ latencyMs: 200 });

  const started = performance.now();
  const answer = await postOrder(url, anOrder());
  const tookMs = performance.now() - started;

  expect(answer.status).toBe(201);
  expect(tookMs).toBeGreaterThanOrEqual(195);
});

test('meets the same requests with the same faults for the same seed', async () => {
  const first = await outcomes(7);
  const second = await outcomes(7);
  const other = await outcomes(8);

  expect(second).toEqual(first);
  expect(other).not.toEqual(first);
  expect(new Set(first)).toEqual(new Set([201, 503, 'dropped']));
});

test('keeps to the rates', () => {
  const nextFault = createFaults({ failRate: 0.3, dropRate: 0.5, rateLimit: undefined, seed: 1 });

  const faults = Array.from({ length: 10_000 }, () => nextFault(0));
  const share = (fault: string) => faults.filter((each) => each === fault).length / 10_000;

  expect(share('fail')).toBeCloseTo(0.3, 1);
  expect(share('drop')).toBeCloseTo(0.7 * 0.5, 1);
});

async function outcomes(seed: number): Promise<(number | 'dropped')[]> {
  const { url } = await aSandbox({ seed, failRate: 0.3, dropRate: 0.3 });
  const seen: (number | 'dropped')[] = [];
  for (let sent = 0; sent < 30; sent += 1) {
    const reply = postOrder(url, anOrder({ order_id: `co-${sent}` }));
    seen.push(
      await reply.then(
        ({ status }) => status,
        () => 'dropped' as const,
      ),
    );
  }
  return seen;
}
