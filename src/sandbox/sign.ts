import { providerVariable } from '../config.ts';
import { CommandError } from '../errors.ts';
import type { Role, SignedDelivery } from './role.ts';

export type Signer = (delivery: SignedDelivery) => Record<string, string>;

/**
 * Makes the headers that prove a role's deliveries.
 * @throws CommandError `configuration` where the receiver would not take the secret either.
 */
export function createSigner({ name, readKey, sign }: Role, secret: string): Signer {
  const key = readKey(secret);
  if (!(key instanceof Uint8Array)) {
    throw new CommandError('configuration', 'The webhook secret can not be used to sign events.', {
      problems: [{ path: providerVariable(name, 'WEBHOOK_SECRET'), message: key.problem }],
      hint: 'Give the sandbox the secret that the receiver has.',
    });
  }
  return (delivery) => sign(key, delivery);
}
