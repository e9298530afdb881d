import { createHmac } from 'node:crypto';
import { CommandError } from '../errors.ts';
import { standardWebhooks } from '../providers/signature/standard-webhooks.ts';

export type Signer = (id: string, timestampSeconds: number, body: string) => Record<string, string>;

/**
 * Makes the headers of a delivery as Standard Webhooks 1.0.0 has them.
 * @param secret - `whsec_` and base64.
 * @throws CommandError `configuration` where the receiver would not take the secret either.
 */
export function createSigner(secret: string): Signer {
  const key = standardWebhooks.readKey(secret);
  if (!(key instanceof Uint8Array)) {
    throw new CommandError('configuration', 'The webhook secret can not be used to sign events.', {
      problems: [{ path: 'SHIPCTL_FICTIONAL_WEBHOOK_SECRET', message: key.problem }],
      hint: 'Give the sandbox the secret that the receiver has.',
    });
  }
  return (id, timestampSeconds, body) => ({
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': `v1,${createHmac('sha256', key).update(`${id}.${timestampSeconds}.${body}`).digest('base64')}`,
  });
}
