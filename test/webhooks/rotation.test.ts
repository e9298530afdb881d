import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from '../support/workspace.ts';
import { anEvent, aReceiver, deliver, OTHER_SECRET, probe, SECRET, signature } from './support.ts';

const PATIENCE = { timeout: 60_000, interval: 50 };

/** A receiver whose secret is in a file. */
async function aReceiverWithFile() {
  const file = join(temporaryFolder(), 'secret');
  writeFileSync(file, `${SECRET}\n`);
  const receiver = await aReceiver({ env: { SHIPCTL_FICTIONAL_WEBHOOK_SECRET_FILE: file } });
  const statusOf = async (secret: string) =>
    (await deliver(receiver.url, anEvent(), signature(anEvent(), { secret }))).status;
  const replace = (text: string) => {
    // As mounted secrets are replaced: by moving another file there.
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  return { ...receiver, statusOf, replace };
}

test('reads a file of secrets again when it changes', async () => {
  const { statusOf, replace } = await aReceiverWithFile();
  const before = [await statusOf(SECRET), await statusOf(OTHER_SECRET)];

  replace(`${OTHER_SECRET} ${SECRET}`);
  await vi.waitFor(async () => expect(await statusOf(OTHER_SECRET)).toBe(200), PATIENCE);
  const during = await statusOf(SECRET);
  replace(OTHER_SECRET);
  await vi.waitFor(async () => expect(await statusOf(SECRET)).toBe(401), PATIENCE);

  expect(before).toEqual([200, 401]);
  expect(during).toBe(200);
  expect(await statusOf(OTHER_SECRET)).toBe(200);
});

test('keeps the secrets it has when the file holds none that can be used, and says so', async () => {
  const { statusOf, replace, lines } = await aReceiverWithFile();

  replace('whsec_dG9vIHNob3J0');
  await vi.waitFor(() => expect(lines.join('')).toContain('the ones before stay'), PATIENCE);

  expect(await statusOf(SECRET)).toBe(200);
  expect(lines.join('')).toContain('must hold at least 24 bytes');
});

test('counts with which secret deliveries are signed', async () => {
  const { url } = await aReceiver({
    env: { SHIPCTL_FICTIONAL_WEBHOOK_SECRET: `${SECRET} ${OTHER_SECRET}` },
  });
  for (const secret of [SECRET, OTHER_SECRET, OTHER_SECRET]) {
    await deliver(url, anEvent(), signature(anEvent(), { secret }));
  }

  const metrics = await (await probe(`${url}/metrics`)).text();

  expect(metrics).toContain('shipctl_webhook_signatures_total{provider="fictional",secret="1"} 1\n');
  expect(metrics).toContain('shipctl_webhook_signatures_total{provider="fictional",secret="2"} 2\n');
});
