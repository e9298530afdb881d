import { expect } from 'vitest';
import { type CliResult, runCli } from './run-cli.ts';
import { temporaryFolder } from './workspace.ts';

/** Runs a command as if a time had come (a date: 08:00 in UTC); objects are added to the environment. */
export type Shop = ((now: string, ...words: (string | Record<string, string>)[]) => Promise<CliResult>) & {
  cwd: string;
  /** @param now - when; on 22 May 2026 unless it says so. */
  load: (orders: readonly object[], now?: string) => Promise<CliResult>;
};

/** A database with these orders, loaded on 22 May 2026, whose provider is at `url`. */
export async function openShop({ url, orders }: { url: string; orders: readonly object[] }): Promise<Shop> {
  const cwd = temporaryFolder();
  const load = (loaded: readonly object[], now = '2026-05-22T08:00:00Z') =>
    runCli(['seed', '-'], { cwd, stdin: JSON.stringify(loaded), now });
  expect(await load(orders)).toMatchObject({ exitCode: 0 });
  const run = (now: string, ...words: (string | Record<string, string>)[]) =>
    runCli(
      words.filter((word) => typeof word === 'string'),
      {
        cwd,
        now: now.includes('T') ? now : `${now}T08:00:00Z`,
        env: Object.assign(
          { SHIPCTL_FICTIONAL_URL: url },
          ...words.filter((word) => typeof word === 'object'),
        ),
      },
    );
  return Object.assign(run, { cwd, load });
}

export function idsOf(received: readonly { body: string }[]): string[] {
  return received.map(({ body }) => JSON.parse(body).order_id);
}
