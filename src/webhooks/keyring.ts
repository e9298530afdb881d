import { readFile, stat } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import { splitSecrets } from '../config.ts';
import type { Log } from '../log.ts';
import type { SignatureScheme } from '../providers/signature/scheme.ts';

/** The keys that a provider's deliveries may be signed with now. */
export interface Keyring {
  keys(): readonly Uint8Array[];
  close(): void;
}

/** How often a file of secrets is looked at. */
const LOOK_EVERY_MS = 1000;
const MINUTE_MS = 60_000;
const MAX_FILE_BYTES = 65_536;

/** The keys in a provider's secrets, or for each that can't be used what is wrong with it. */
export function readKeys(
  scheme: SignatureScheme,
  secrets: readonly string[],
): { keys: readonly Uint8Array[]; problems: readonly string[] } {
  const keys: Uint8Array[] = [];
  const problems: string[] = [];
  secrets.forEach((secret, index) => {
    const key = scheme.readKey(secret);
    if (key instanceof Uint8Array) keys.push(key);
    else
      problems.push(`${secrets.length > 1 ? `secret ${index + 1} of ${secrets.length} ` : ''}${key.problem}`);
  });
  return { keys, problems };
}

/**
 * Keys that do not change, or with a file those that it holds: its secrets can be rotated without a restart.
 * @param secrets - what the file was found to hold at first.
 */
export function createKeyring(
  keys: readonly Uint8Array[],
  options: {
    provider: string;
    scheme: SignatureScheme;
    secrets: { values: readonly string[]; file: string | undefined };
    log: Log;
    clock: Clock;
  },
): Keyring {
  const { provider, scheme, secrets, log, clock } = options;
  const { file } = secrets;
  if (file === undefined) return { keys: () => keys, close: () => {} };
  let current = keys;
  let seen = secrets.values.join(' ');
  let complainedAt = Number.NEGATIVE_INFINITY;

  const look = async () => {
    const values = await readSmallFile(file).then(splitSecrets, (error: Error) => error);
    const now = values instanceof Error ? values.message : values.join(' ');
    if (now === seen) return;
    const read = values instanceof Error ? { keys: [], problems: [now] } : readKeys(scheme, values);
    if (read.keys.length === 0 || read.problems.length > 0) {
      const nowMs = clock.monotonic();
      if (nowMs - complainedAt < MINUTE_MS) return;
      complainedAt = nowMs;
      const reason = read.problems.join('; ') || 'it is empty';
      log.error('webhook secrets can not be used, the ones before stay', { provider, file, reason });
      return;
    }
    seen = now;
    current = read.keys;
    log.info('webhook secrets read anew', { provider, file, secrets: current.length });
  };
  // Read rather than watched: a mounted secret is replaced by moving links, which watching loses track of.
  const closed = new AbortController();
  const keepLooking = async () => {
    while (!closed.signal.aborted) {
      await look();
      await clock.sleep(LOOK_EVERY_MS, closed.signal);
    }
  };
  keepLooking();
  return { keys: () => current, close: () => closed.abort() };
}

/** What is no ordinary file may be read for ever. */
async function readSmallFile(path: string): Promise<string> {
  const found = await stat(path);
  if (!found.isFile() || found.size > MAX_FILE_BYTES)
    throw new Error('it is no ordinary file of at most 64 KiB');
  return readFile(path, 'utf8');
}
