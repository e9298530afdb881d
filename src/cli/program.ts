import { Command, type CommandUnknownOpts, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import packageJson from '../../package.json' with { type: 'json' };
import { INTERVAL_NAMES } from '../vocabulary.ts';
import type { Command as CommandFunction, Ending } from './command.ts';

/** Options that every command takes, before or after its name. */
export interface GlobalOptions {
  db?: string;
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
  logFormat: 'text' | 'json';
  color: boolean;
}

/** Loads a command's code only when that command runs. */
export type Start = <Flags, Arguments extends readonly unknown[]>(
  options: GlobalOptions,
  load: () => Promise<{ run: CommandFunction<Flags, Arguments> }>,
  flags: Flags,
  ...args: Arguments
) => Promise<Ending>;

/** The command line: flags, help and nothing else. What a chosen command returns is handed to `ended`. */
export function createProgram(start: Start, ended: (ending: Ending) => void): CommandUnknownOpts {
  const program = new Command('shipctl')
    .description("Ships customers' standing orders through shipping providers.")
    .version(packageJson.version, '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .option('--db <path>', 'the SQLite database (SHIPCTL_DB; default: shipctl.db)')
    .option('--json', 'print the result as one JSON document')
    .option('-q, --quiet', 'print no text result and no log below errors')
    .option('-v, --verbose', 'log more')
    .addOption(
      new Option('--log-format <format>', 'how to log to standard error')
        .choices(['text', 'json'])
        .default('text'),
    )
    .option('--no-color', 'no colours (also: NO_COLOR)')
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .exitOverride();

  const run = async <Flags, Arguments extends readonly unknown[]>(
    command: { optsWithGlobals(): GlobalOptions },
    load: () => Promise<{ run: CommandFunction<Flags, Arguments> }>,
    flags: Flags,
    ...args: Arguments
  ) => ended(await start(command.optsWithGlobals(), load, flags, ...args));

  program
    .command('seed')
    .summary('load customer orders')
    .description(
      'Loads customer orders: all of the file or none. Loading the same file again changes nothing.',
    )
    .argument('[file]', 'a JSON file of customer orders, - for standard input (default: the examples)')
    .option(
      '--generate <n>',
      'load n synthetic orders instead, the same every time',
      wholeNumber(1, 100_000_000),
    )
    .addOption(interval('the interval of the generated orders (default: both in turn)'))
    .addHelpText(
      'after',
      examples(
        'shipctl seed',
        'shipctl seed orders.json',
        'shipctl seed --generate 100000 --interval weekly',
      ),
    )
    .action((file, flags, command) => run(command, () => import('./seed.ts'), flags, file));

  program
    .command('ship-due')
    .summary('send what is due')
    .description(
      'Sends every active order whose due date has come to its shipping provider, each due date once.',
    )
    .addOption(interval('only orders of this interval (default: both)'))
    .option('-n, --dry-run', 'show what would be sent; write nothing, send nothing')
    .option('--as-of <date>', 'the date to take for today, YYYY-MM-DD')
    .option('--limit <n>', 'claim at most n shipments', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--provider <name>', 'only orders of this provider')
    .option('--concurrency <n>', 'requests under way at the same time, per provider', wholeNumber(1, 1024))
    .option(
      '--max-duration <seconds>',
      'stop taking up shipments after this long',
      wholeNumber(1, MAX_DURATION_SECONDS),
    )
    .addHelpText(
      'after',
      examples(
        'shipctl ship-due --interval weekly',
        'shipctl ship-due --dry-run --as-of 2026-12-24',
        'shipctl ship-due --json | jq .counts',
      ),
    )
    .action((flags, command) => run(command, () => import('./ship-due.ts'), flags));

  program
    .command('status')
    .summary('show where things stand')
    .description('An overview, or one customer order with its shipments, attempts and events.')
    .argument('[order]', 'an order_id or a shipment_id')
    .addHelpText(
      'after',
      examples('shipctl status', 'shipctl status co-1', 'shipctl status co-1.20260529 --json'),
    )
    .action((order, flags, command) => run(command, () => import('./status.ts'), flags, order));

  program
    .command('events')
    .summary('list the events that providers sent')
    .description('Lists tracking events by provider, reference and time; the first ones only without --json.')
    .option('--unmatched', 'only those of shipments that are not known here')
    .addHelpText('after', examples('shipctl events --unmatched', 'shipctl events --json | jq .events'))
    .action((flags, command) => run(command, () => import('./events.ts'), flags));

  program
    .command('resolve')
    .summary('settle whether a shipment was sent')
    .description(
      'Settles, for a shipment that is uncertain, whether its provider has it; kept with who said so and why.',
    )
    .argument('<shipment>', 'a shipment_id')
    .option('--sent', 'the provider has it: it is not sent again')
    .option('--not-sent', 'the provider does not have it: the next run sends it')
    .option(
      '--tracking-number <number>',
      "with --sent: the provider's own number, where its events carry that",
    )
    .option('--reason <text>', 'why (required)')
    .addHelpText(
      'after',
      examples('shipctl resolve co-1.20260529 --sent --reason "in the provider\'s portal, parcel 4711"'),
    )
    .action((shipment, flags, command) => run(command, () => import('./resolve.ts'), flags, shipment));

  program
    .command('retry')
    .summary('send rejected shipments again')
    .description(
      'Lets the next run send what was rejected, with the order as it is now (correct it with seed first).',
    )
    .argument('[order]', 'an order_id, for its newest rejected shipment, or a shipment_id')
    .option('--rejected', 'every order whose newest shipment is rejected')
    .option('--reason <text>', 'why (required)')
    .addHelpText(
      'after',
      examples(
        'shipctl retry co-7 --reason "postcode corrected"',
        'shipctl retry --rejected --reason "provider had a bad day"',
      ),
    )
    .action((order, flags, command) => run(command, () => import('./retry.ts'), flags, order));

  program
    .command('serve-webhooks')
    .summary("receive providers' events")
    .description('Receives tracking events at POST /webhooks/<provider> until it is stopped.')
    .option('--host <address>', 'the address to listen on (SHIPCTL_HOST; default: 127.0.0.1)')
    .option(
      '--port <n>',
      'the port to listen on, 0 picks one (SHIPCTL_PORT; default: 8080)',
      wholeNumber(0, 65_535),
    )
    .option(
      '--admin-port <n>',
      'a port of their own for /livez, /readyz and /metrics (SHIPCTL_ADMIN_PORT; default: the same)',
      wholeNumber(0, 65_535),
    )
    .addHelpText(
      'after',
      examples(
        'shipctl serve-webhooks',
        'shipctl serve-webhooks --host 0.0.0.0 --port 8080 --admin-port 8081 --log-format json',
      ),
    )
    .action((flags, command) => run(command, () => import('./serve-webhooks.ts'), flags));

  program
    .command('sandbox')
    .summary('play a shipping provider')
    .description('A shipping provider on this machine: takes orders, sends events back.')
    .addOption(
      new Option('--provider <name>', 'which provider to play')
        .choices(['fictional', 'oddpost'])
        .default('fictional'),
    )
    .option(
      '--port <n>',
      'the port to listen on, 0 picks one (default: 9090, for oddpost 9091)',
      wholeNumber(0, 65_535),
    )
    .option('--webhook-url <url>', 'where to send events (default: nowhere)')
    .option('--event-delay <ms>', 'time between the events of a parcel', wholeNumber(0, 86_400_000), 1000)
    .option('--latency <ms>', 'time before each answer', wholeNumber(0, 600_000), 0)
    .option(
      '--fail-rate <rate>',
      'share of requests answered with 503 (by oddpost: TRY_LATER), 0 to 1',
      share,
      0,
    )
    .option('--drop-rate <rate>', 'share of orders taken without an answer, 0 to 1', share, 0)
    .option('--rate-limit <n>', 'requests per second before it answers 429', wholeNumber(1, 1_000_000))
    .option(
      '--seed <n>',
      'the same faults and parcel lives for the same number',
      wholeNumber(0, 4_294_967_295),
    )
    .addHelpText(
      'after',
      examples(
        'shipctl sandbox --webhook-url http://127.0.0.1:8080/webhooks/fictional',
        'shipctl sandbox --fail-rate 0.3 --drop-rate 0.3 --seed 7',
        'shipctl sandbox --provider oddpost --webhook-url http://127.0.0.1:8080/webhooks/oddpost',
      ),
    )
    .action((flags, command) => run(command, () => import('./sandbox.ts'), flags));

  program
    .command('migrate')
    .summary("bring the database's schema up to date")
    .description('Creates the database where there is none, and brings its schema up to date.')
    .addHelpText('after', examples('shipctl migrate --db /var/lib/shipctl/shipctl.db'))
    .action((flags, command) => run(command, () => import('./migrate.ts'), flags));

  return program;
}

/** What a timer can hold. */
const MAX_DURATION_SECONDS = 2_147_483;

function interval(description: string) {
  return new Option('--interval <interval>', description).choices(INTERVAL_NAMES);
}

function wholeNumber(min: number, max: number) {
  return (text: string): number => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(
      max === Number.MAX_SAFE_INTEGER
        ? `It must be a whole number from ${min}.`
        : `It must be a whole number from ${min} to ${max}.`,
    );
  };
}

function share(text: string): number {
  if (/^(0(\.\d+)?|1(\.0+)?|\.\d+)$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a number from 0 to 1.');
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
