import { createHmac } from 'node:crypto';
import { CommandError } from '../errors.ts';

export type Signer = (id: string, timestampSeconds: number, body: string) => Record<string, string>;

/**
 * Makes the headers of a delivery as Standard Webhooks 1.0.0 has them.
 * @param secret - `whsec_` and base64.
 * @throws CommandError `configuration` where the secret is not of that form.
 */
export function createSigner(secret: string): Signer {
  const base64 = /^whsec_([A-Za-z0-9+/]{4,}={0,2})$/.exec(secret)?.[1];
  if (base64 === undefined) {
    throw new CommandError('configuration', 'The webhook secret can not be used to sign events.', {
      hint: 'SHIPCTL_FICTIONAL_WEBHOOK_SECRET must be whsec_ followed by base64.',
    });
  }
  const key = Buffer.from(base64, 'base64');
  return (id, timestampSeconds, body) => ({
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': `v1,${createHmac('sha256', key).update(`${id}.${timestampSeconds}.${body}`).digest('base64')}`,
  });
}
