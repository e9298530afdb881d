import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compareWithStore, createLoad } from '../support/webhook-load.js';
import { json, start } from './shop.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const GRACE_MS = 10_000;

/** How the receiver is ended: its signals, the second at once or some milliseconds after the first. */
const WAYS = [['SIGKILL'], ['SIGTERM'], ['SIGTERM', 'SIGTERM'], ['SIGINT', 'SIGTERM']];

/**
 * `serve-webhooks` under load, ended at random instants in each of four ways in turn, and started again on the same
 * database: what was answered with 200 is there, once, and nothing else than what was sent. Where one signal stopped
 * it, no request is left without an answer. Options: --kills=20 (for each way) --connections=128
 */
export async function receiver({ kills: wanted = '20', connections = '128' }) {
  const cwd = mkdtempSync(join(tmpdir(), 'shipctl-soak-receiver-'));
  const shop = { cwd, env: { SHIPCTL_FICTIONAL_WEBHOOK_SECRET: SECRET } };
  const load = createLoad({ secret: SECRET, connections: Number(connections) });
  const exits = {};
  try {
    await json(['migrate'], shop);
    for (let kills = 0; kills < Number(wanted); kills += 1) {
      for (const signals of WAYS) {
        const { exit, tookMs, endings } = await endUnderLoad(shop, load, signals);
        assert.ok(tookMs < GRACE_MS, `took ${tookMs} ms`);
        if (signals.join() === 'SIGTERM') {
          assert.equal(exit, 0);
          assert.deepEqual(new Set(endings), new Set(['closed']));
        }
        const way = `${signals.join(', ')}: ${exit}`;
        exits[way] = (exits[way] ?? 0) + 1;
      }
      process.stdout.write(`round ${kills + 1}: ${load.deliveries.size} deliveries\n`);
    }
    const { child, ended } = await serve(shop);
    verify(shop, load);
    child.kill('SIGTERM');
    await ended;
    return { kills: Number(wanted), connections: Number(connections), exits, ...summary(load.deliveries) };
  } finally {
    shop.child?.kill('SIGKILL');
    rmSync(cwd, { recursive: true, force: true });
  }
}

async function endUnderLoad(shop, load, [first, second]) {
  const { child, ended, url } = await serve(shop);
  verify(shop, load);
  let running;
  await new Promise((busy) => {
    running = load.run(url, ({ allServed }) => allServed && busy());
    running.then(busy);
  });
  await sleep(Math.random() * 800);
  const signalled = performance.now();
  child.kill(first);
  if (second) {
    await sleep(Math.random() * 30);
    child.kill(second);
  }
  const { exitCode, signal } = await ended;
  const tookMs = performance.now() - signalled;
  return { exit: exitCode ?? signal, tookMs, endings: await running };
}

/** To be called when a receiver has the database again, since it is what mends a database that was left behind. */
function verify({ cwd }, { deliveries }) {
  const { stored, answered, ...faults } = compareWithStore(join(cwd, 'shipctl.db'), deliveries);
  assert.deepEqual(faults, { lost: [], doubled: [], neverSent: [], wronglyAnswered: [] });
  assert.ok(stored >= answered);
}

async function serve(shop) {
  const running = start(['serve-webhooks', '--port', '0', '--log-format', 'json', '--json'], shop);
  shop.child = running.child;
  const url = await new Promise((resolve, reject) => {
    let log = '';
    running.child.stderr.on('data', (chunk) => {
      log += chunk;
      const [, found] = /"url":"([^"]+)"/.exec(log) ?? [];
      if (found) resolve(found);
    });
    running.ended.then(({ stderr }) => reject(new Error(`the receiver did not start: ${stderr}`)));
  });
  return { ...running, url };
}

function summary(deliveries) {
  const answers = {};
  let sentAgain = 0;
  for (const delivery of deliveries.values()) {
    if (delivery.timesSent > 1) sentAgain += 1;
    for (const answer of delivery.answers) answers[answer] = (answers[answer] ?? 0) + 1;
  }
  return { deliveries: deliveries.size, sentAgain, answers };
}
