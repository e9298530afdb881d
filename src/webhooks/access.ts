import { type ProviderSettings, providerVariable } from '../config.ts';
import { CommandError, type Problem } from '../errors.ts';
import { isLoopback, whyNotLocal } from './local-request.ts';
import { type Refusal, unauthorized } from './refusal.ts';
import { type Headers, readSecret, readSignatureHeaders, verifySignature } from './signature.ts';

/** Who may deliver a provider's events: who has one of its secrets, or without one programs on this machine. */
export type Access = { kind: 'signed'; keys: readonly Uint8Array[] } | { kind: 'local' };

/** Looks at a body, once it is there. */
export type BodyCheck = (body: Uint8Array, nowMs: number) => Refusal | undefined;

/**
 * @param host - the address to listen on: any but a loopback address needs a secret for every provider.
 * @throws CommandError `configuration` with everything that is wrong with the secrets, without showing them.
 */
export function planAccess(settings: Iterable<ProviderSettings>, host: string): ReadonlyMap<string, Access> {
  const problems: Problem[] = [];
  const access = new Map<string, Access>();
  for (const { name, webhookSecrets } of settings) {
    const path = providerVariable(name, 'WEBHOOK_SECRET');
    const keys = webhookSecrets.flatMap((secret, index) => {
      const key = readSecret(secret);
      if (key instanceof Uint8Array) return key;
      const which = webhookSecrets.length > 1 ? `secret ${index + 1} of ${webhookSecrets.length} ` : '';
      problems.push({ path, message: `${which}${key.problem}` });
      return [];
    });
    if (webhookSecrets.length === 0 && !isLoopback(host)) {
      problems.push({ path, message: `must be set to listen on ${host}, where others could send events too` });
    }
    access.set(name, webhookSecrets.length > 0 ? { kind: 'signed', keys } : { kind: 'local' });
  }
  if (problems.length > 0) {
    throw new CommandError('configuration', 'Events could not be told from forged ones.', {
      problems,
      hint: 'Set the secrets that the providers sign with (or …_FILE), or listen on 127.0.0.1.',
    });
  }
  return access;
}

/** What can be known before the body is there, and what is to be checked when it is. */
export function checkAccess(
  access: Access,
  headers: Headers,
  peer: string | undefined,
): Refusal | { kind: 'body'; check: BodyCheck } {
  if (access.kind === 'local') {
    const reason = whyNotLocal(headers, peer);
    return reason ? unauthorized(reason) : { kind: 'body', check: () => undefined };
  }
  const signature = readSignatureHeaders(headers);
  if (!signature) return unauthorized('signature_missing');
  return {
    kind: 'body',
    check: (body, nowMs) => {
      const verification = verifySignature(signature, body, access.keys, nowMs);
      return verification.kind === 'refused' ? unauthorized(verification.reason) : undefined;
    },
  };
}
