import { type ProviderSettings, providerVariable } from '../config.ts';
import { CommandError, type Problem } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';
import type { Access } from './access.ts';
import { isLoopback } from './local-request.ts';
import { readSecret } from './signature.ts';

/** One provider that sends us events. */
export interface Source {
  provider: Provider;
  /** IANA name, for event times that carry no offset. */
  timezone: string;
  access: Access;
}

/**
 * Every provider that has settings, by name.
 *
 * @param host - the address to listen on: any but a loopback address needs a secret for every provider.
 * @throws CommandError `configuration` with everything that is wrong with the secrets, without showing them.
 */
export function planSources(
  providers: ReadonlyMap<string, Provider>,
  settings: ReadonlyMap<string, ProviderSettings>,
  host: string,
): ReadonlyMap<string, Source> {
  const problems: Problem[] = [];
  const sources = new Map<string, Source>();
  for (const { name, timezone, webhookSecrets } of settings.values()) {
    const provider = providers.get(name);
    if (!provider) continue;
    const path = providerVariable(name, 'WEBHOOK_SECRET');
    const signed = webhookSecrets.length > 0;
    if (!signed && !isLoopback(host)) {
      problems.push({
        path,
        message: `must be set to listen on ${host}, where others could send events too`,
      });
    }
    const keys = webhookSecrets.flatMap((secret, index) => {
      const key = readSecret(secret);
      if (key instanceof Uint8Array) return key;
      const which = webhookSecrets.length > 1 ? `secret ${index + 1} of ${webhookSecrets.length} ` : '';
      problems.push({ path, message: `${which}${key.problem}` });
      return [];
    });
    sources.set(name, { provider, timezone, access: signed ? { kind: 'signed', keys } : { kind: 'local' } });
  }
  if (problems.length > 0) {
    throw new CommandError('configuration', 'Events could not be told from forged ones.', {
      problems,
      hint: 'Set the secrets that the providers sign with (or …_FILE), or listen on 127.0.0.1 only.',
    });
  }
  return sources;
}
