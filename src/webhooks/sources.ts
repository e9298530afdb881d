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
 * @param host - the address to listen on: any but a loopback address needs a secret for every provider.
 * @throws CommandError `configuration` with everything that is wrong with the secrets, without showing them.
 */
export function planSources(
  providers: ReadonlyMap<string, Provider>,
  settings: ReadonlyMap<string, ProviderSettings>,
  { host, log }: { host: string; log: Log },
): ReadonlyMap<string, Source> {
  const problems: Problem[] = [];
  const planned = [...settings.values()].flatMap(({ name, timezone, webhookSecrets }) => {
    const webhook = providers.get(name)?.webhook;
    if (!webhook) return [];
    const path = providerVariable(name, 'WEBHOOK_SECRET');
    const { values } = webhookSecrets;
    if (values.length === 0 && !isLoopback(host)) {
      const message = `must be set to listen on ${host}, where others could send events too`;
      problems.push({ path, message });
    }
    const read = readKeys(webhook.signature, values);
    problems.push(...read.problems.map((message) => ({ path, message })));
    return { provider: name, webhook, timezone, keys: read.keys, secrets: webhookSecrets };
  });
  if (problems.length > 0) {
    throw new CommandError('configuration', 'Webhook secrets are missing or malformed.', {
      problems,
      hint: 'Set the secrets that the providers sign with (or …_FILE), or listen on 127.0.0.1 only.',
    });
  }
  return new Map(
    planned.map(({ provider, webhook, timezone, keys, secrets }): [string, Source] => {
      const scheme = webhook.signature;
      const access: Access =
        keys.length === 0
          ? { kind: 'local' }
          : { kind: 'signed', scheme, keyring: createKeyring(keys, { provider, scheme, secrets, log }) };
      return [provider, { provider, webhook, timezone, access }];
    }),
  );
}
