import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createGroupCommit } from '../../src/webhooks/group-commit.ts';

/** Doubles numbers; batches wait until they are let go. */
function aCommit(limits: { maxBatch: number; maxWaiting: number }, isForAll = (_result: number) => false) {
  const batches: (readonly number[])[] = [];
  const gates: (() => void)[] = [];
  const group = createGroupCommit(
    async (items: readonly number[]) => {
      batches.push(items);
      await new Promise<void>((resolve) => gates.push(resolve));
      return items.map((item) => item * 2);
    },
    { ...limits, isForAll },
  );
  return { ...group, batches, letGo: () => gates.shift()?.() };
}

test('does together what was added in one turn of the event loop, and the rest in the next batch', async () => {
  const { add, batches, letGo } = aCommit({ maxBatch: 10, maxWaiting: 10 });

  const first = [add(1), add(2), add(3)];
  await nextTurn();
  const later = [add(4), add(5)];
  await nextTurn();
  const whileBusy = [...batches];
  letGo();
  const results = await Promise.all(first);
  await nextTurn();
  letGo();

  expect(whileBusy).toEqual([[1, 2, 3]]);
  expect(results).toEqual([2, 4, 6]);
  expect(await Promise.all(later)).toEqual([8, 10]);
  expect(batches).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
});

test('never makes a batch larger than it may be', async () => {
  const { add, batches, letGo } = aCommit({ maxBatch: 2, maxWaiting: 10 });

  const results = Promise.all([add(1), add(2), add(3), add(4), add(5)]);
  for (let batch = 0; batch < 3; batch += 1) {
    await nextTurn();
    letGo();
    await nextTurn();
  }

  expect(await results).toEqual([2, 4, 6, 8, 10]);
  expect(batches).toEqual([[1, 2], [3, 4], [5]]);
});

test('takes nothing more once too many are waiting', async () => {
  const { add, isFull, letGo } = aCommit({ maxBatch: 10, maxWaiting: 2 });

  const first = add(1);
  add(2);
  const third = add(3);
  const full = isFull();
  await nextTurn();
  const fourth = add(4);
  letGo();

  expect(third).toBeUndefined();
  expect(full).toBe(true);
  expect(fourth).toBeDefined();
  expect(await first).toBe(2);
});

test('lets none of those that wait fail again at what holds for all of them', async () => {
  const { add, batches, letGo } = aCommit({ maxBatch: 1, maxWaiting: 10 }, (result) => result === 2);

  const results = Promise.all([add(1), add(2), add(3)]);
  await nextTurn();
  await nextTurn();
  letGo();

  expect(await results).toEqual([2, 2, 2]);
  expect(batches).toEqual([[1]]);
});
