import type { Clock } from '../clock.ts';
import { type ProviderSettings, providerVariable } from '../config.ts';
import { CommandError, type Problem } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Provider, Webhook } from '../providers/provider.ts';
import type { Access } from './access.ts';
import { createKeyring, readKeys } from './keyring.ts';
import { isLoopback } from './local-request.ts';

/** One provider that sends us events. */
export interface Source {
  /** Its name. */
  provider: string;
  webhook: Webhook;
  /** IANA name, for event times that carry no offset. */
  timezone: string;
  access: Access;
}

/**
 * Every provider that has settings and sends events, by name.
 *
 * @param options.host - the address to listen on: on any but a loopback address providers without a secret are left
 * out, and one must have a secret.
 * @throws CommandError `configuration` with everything that is wrong with the secrets, without showing them.
 */
export function planSources(
  providers: ReadonlyMap<string, Provider>,
  settings: ReadonlyMap<string, ProviderSettings>,
  { host, log, clock }: { host: string; log: Log; clock: Clock },
): ReadonlyMap<string, Source> {
  const problems: Problem[] = [];
  const unsigned: string[] = [];
  const planned = [...settings.values()].flatMap(({ name, timezone, webhookSecrets }) => {
    const webhook = providers.get(name)?.webhook;
    if (!webhook) return [];
    const path = providerVariable(name, 'WEBHOOK_SECRET');
    const { values } = webhookSecrets;
    if (values.length === 0 && !isLoopback(host)) {
      unsigned.push(path);
      return [];
    }
    const read = readKeys(webhook.signature, values);
    problems.push(...read.problems.map((message) => ({ path, message })));
    return { provider: name, webhook, timezone, keys: read.keys, secrets: webhookSecrets };
  });
  if (planned.length === 0) {
    const message = `must be set to listen on ${host}, where others could send events too`;
    problems.push(...unsigned.map((path) => ({ path, message })));
  }
  if (problems.length > 0) {
    throw new CommandError('configuration', 'Webhook secrets are missing or malformed.', {
      problems,
      hint: 'Set the secrets that your providers sign with (or …_FILE), or listen on 127.0.0.1 only.',
    });
  }
  if (unsigned.length > 0) {
    log.warn('without a secret no events are taken here', { address: host, not_set: unsigned.join(' ') });
  }
  return new Map(
    planned.map(({ provider, webhook, timezone, keys, secrets }): [string, Source] => {
      const scheme = webhook.signature;
      const access: Access =
        keys.length === 0
          ? { kind: 'local' }
          : {
              kind: 'signed',
              scheme,
              keyring: createKeyring(keys, { provider, scheme, secrets, log, clock }),
            };
      return [provider, { provider, webhook, timezone, access }];
    }),
  );
}
