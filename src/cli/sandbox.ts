import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { CommandError } from '../errors.ts';
import { fictional } from '../sandbox/roles/fictional.ts';
import { oddpost } from '../sandbox/roles/oddpost.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { parseHttpUrl } from '../text-values.ts';
import type { Command } from './command.ts';
import { interruption } from './io.ts';

export interface SandboxOptions {
  provider: keyof typeof ROLES;
  port?: number;
  webhookUrl?: string;
  eventDelay: number;
  latency: number;
  failRate: number;
  dropRate: number;
  rateLimit?: number;
  seed?: number;
}

const ROLES = { fictional, oddpost };

export const run: Command<SandboxOptions> = async ({ io, config, log, output, clock }, options) => {
  const stop = interruption(io);
  try {
    const role = ROLES[options.provider];
    const provider = config.providers.get(role.name);
    const seed = options.seed ?? randomInt(2 ** 32);
    const settings = {
      role,
      port: options.port ?? role.port,
      webhookUrl: options.webhookUrl === undefined ? undefined : webhookUrl(options.webhookUrl, role.name),
      webhookSecret: provider?.webhookSecrets.values[0],
      apiKey: provider?.apiKey,
      eventDelayMs: options.eventDelay,
      latencyMs: options.latency,
      failRate: options.failRate,
      dropRate: options.dropRate,
      rateLimit: options.rateLimit,
      seed,
    };
    const sandbox = await startSandbox(settings, { clock, log });
    log.info(`sandbox: taking orders at ${sandbox.url}`, { url: sandbox.url, seed });
    if (!stop.signal.aborted) await once(stop.signal, 'abort');
    await sandbox.close();

    const ledger = sandbox.ledger();
    const events = sandbox.events();
    output.result(
      { ...ledger, events_delivered: events.delivered, events_dropped: events.dropped },
      () =>
        `${ledger.received} requests: ${ledger.unique} orders, ${ledger.replays} sent again, ${ledger.conflicts} in conflict. ` +
        `${events.delivered} events delivered, ${events.dropped} dropped.`,
    );
    return 'done';
  } finally {
    stop.release();
  }
};

function webhookUrl(text: string, provider: string): URL {
  const url = parseHttpUrl(text);
  if (url && !url.username && !url.password) return url;
  // The text is not repeated: a URL can hold a password.
  throw new CommandError('usage', '--webhook-url must be an http:// or https:// URL without credentials.', {
    hint: `For a receiver on this machine: --webhook-url http://127.0.0.1:8080/webhooks/${provider}`,
  });
}
