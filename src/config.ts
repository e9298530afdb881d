import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { distance } from 'fastest-levenshtein';
import { CommandError, codeInBrackets, codeOf, type Problem } from './errors.ts';
import type { Provider } from './providers/provider.ts';
import { isBaseUrl, parseHttpUrl, parseTimezone } from './text-values.ts';

/** How to reach one provider. */
export interface ProviderSettings {
  name: string;
  url: URL;
  apiKey: string | undefined;
  /** More than one during a rotation; none where deliveries are not signed. `file` is where they came from, if from one. */
  webhookSecrets: { values: readonly string[]; file: string | undefined };
  /** IANA name: for event times that carry no offset. */
  timezone: string;
  /** Requests under way at the same time. */
  concurrency: number;
  /** Requests per second; null for no limit. */
  rateLimit: number | null;
  /** For one whole request, from connecting to the last byte read. */
  timeoutMs: number;
  /** Rejections in a row, with nothing accepted between them, after which a run leaves the rest; 0 for no limit. */
  maxRejections: number;
}

/** A provider's name and what holds where nothing is configured. */
type ConfigurableProvider = Pick<Provider, 'name' | 'defaultUrl' | 'timezone'>;

export interface Config {
  databasePath: string;
  /** IANA name: decides which day it is for due dates. */
  timezone: string;
  host: string;
  port: number;
  /** For health and metrics; undefined where they share the port of the webhooks. */
  adminPort: number | undefined;
  providers: ReadonlyMap<string, ProviderSettings>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_CONCURRENCY = 32;
const DEFAULT_TIMEOUT_MS = 15_000;
const DEFAULT_MAX_REJECTIONS = 50;

const GENERAL_NAMES = ['DB', 'TIMEZONE', 'HOST', 'PORT', 'ADMIN_PORT', 'PROVIDERS'];
const PROVIDER_NAMES = [
  'URL',
  'API_KEY',
  'API_KEY_FILE',
  'WEBHOOK_SECRET',
  'WEBHOOK_SECRET_FILE',
  'TIMEZONE',
  'CONCURRENCY',
  'RATE_LIMIT',
  'TIMEOUT_MS',
  'MAX_REJECTIONS',
];

/** The environment, with what a `.env` file in the working directory adds to it. */
export function readEnvironment(environment: Environment, workingDirectory: string): Environment {
  let text: string;
  try {
    text = readFileSync(join(workingDirectory, '.env'), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return environment;
    throw new CommandError('configuration', `Can't read the .env file in ${workingDirectory}.`, {
      hint: 'Make it readable for this user, or remove it.',
      cause: error,
    });
  }
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()));
  const added = Object.entries(parseEnv(text)).filter(([name]) => !(other(name) in set));
  return { ...Object.fromEntries(added), ...set };
}

/** The other spelling of a secret: `…_API_KEY_FILE` for `…_API_KEY`. Whichever the environment has beats both of the file. */
function other(name: string): string {
  return name.endsWith('_FILE') ? name.slice(0, -'_FILE'.length) : `${name}_FILE`;
}

/** The modules that hold providers from outside, as files (`./…`) and packages. */
export function providerModules(environment: Environment): string[] {
  const modules = (environment.SHIPCTL_PROVIDERS ?? '').split(',').map((module) => module.trim());
  return [...new Set(modules.filter(Boolean))];
}

/**
 * The configuration that the environment gives; a variable that is set but empty counts as not set. Beside it the names
 * of variables that look like settings and are none.
 *
 * @param known - the providers there are.
 * @param found - what is wrong with the configuration already, to be reported with the rest.
 * @throws CommandError `configuration` with every problem that there is; none of them shows a secret.
 */
export function readConfig(
  environment: Environment,
  known: readonly ConfigurableProvider[],
  found: readonly Problem[] = [],
): { config: Config; unknown: string[] } {
  const reader = new EnvironmentReader(environment, found);
  const config: Config = {
    databasePath: reader.text('SHIPCTL_DB') ?? 'shipctl.db',
    timezone: reader.timezone('SHIPCTL_TIMEZONE') ?? 'Europe/London',
    host: reader.text('SHIPCTL_HOST') ?? '127.0.0.1',
    port: reader.integer('SHIPCTL_PORT', 0, 65_535) ?? 8080,
    adminPort: reader.integer('SHIPCTL_ADMIN_PORT', 0, 65_535),
    providers: new Map(known.map((provider) => [provider.name, readProvider(reader, provider)])),
  };
  const unknown = reader.findUnknown([
    ...GENERAL_NAMES.map((name) => `SHIPCTL_${name}`),
    ...known.flatMap(({ name }) => PROVIDER_NAMES.map((setting) => providerVariable(name, setting))),
  ]);
  if (reader.problems.length > 0) {
    throw new CommandError(
      'configuration',
      `The configuration has ${reader.problems.length === 1 ? 'a problem' : `${reader.problems.length} problems`}.`,
      { problems: reader.problems, hint: 'Correct the environment (or the .env file) and start again.' },
    );
  }
  return { config, unknown };
}

/** The variable that holds a provider's setting: `royal-mail`, `URL` -> `SHIPCTL_ROYAL_MAIL_URL`. */
export function providerVariable(provider: string, setting: string): string {
  return `SHIPCTL_${provider.toUpperCase().replaceAll('-', '_')}_${setting}`;
}

/** Several secrets are separated by white space. */
export function splitSecrets(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}

function readProvider(
  reader: EnvironmentReader,
  { name, defaultUrl, timezone }: ConfigurableProvider,
): ProviderSettings {
  const variable = (setting: string) => providerVariable(name, setting);
  return {
    name,
    url: reader.url(variable('URL')) ?? new URL(defaultUrl),
    apiKey: reader.headerValue(variable('API_KEY')),
    webhookSecrets: {
      values: splitSecrets(reader.secret(variable('WEBHOOK_SECRET')) ?? ''),
      file: reader.text(variable('WEBHOOK_SECRET_FILE')),
    },
    timezone: reader.timezone(variable('TIMEZONE')) ?? timezone,
    concurrency: reader.integer(variable('CONCURRENCY'), 1, 1024) ?? DEFAULT_CONCURRENCY,
    rateLimit: reader.number(variable('RATE_LIMIT'), 0.01, 100_000) ?? null,
    timeoutMs: reader.integer(variable('TIMEOUT_MS'), 10, 300_000) ?? DEFAULT_TIMEOUT_MS,
    maxRejections: reader.integer(variable('MAX_REJECTIONS'), 0, 1_000_000) ?? DEFAULT_MAX_REJECTIONS,
  };
}

/**
 * Reads variables one by one and keeps what is wrong with them for the end. Not made of the pieces in schema.ts: every
 * command starts here, and loading zod would cost each of them a third of what Node itself needs to start.
 */
class EnvironmentReader {
  readonly problems: Problem[];
  readonly #environment: Environment;

  constructor(environment: Environment, problems: readonly Problem[]) {
    this.#environment = environment;
    this.problems = [...problems];
  }

  text(name: string): string | undefined {
    const value = this.#environment[name]?.trim();
    return value === '' ? undefined : value;
  }

  integer(name: string, min: number, max: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (/^\d{1,15}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
    const linked = text.startsWith('tcp://')
      ? ' (Kubernetes set it for a Service of this name: set enableServiceLinks to false)'
      : '';
    return this.#reject(name, `must be a whole number from ${min} to ${max}, not "${text}"${linked}`);
  }

  number(name: string, min: number, max: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (/^\d{1,9}(\.\d{1,9})?$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
    return this.#reject(name, `must be a number from ${min} to ${max}, not "${text}"`);
  }

  timezone(name: string): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    return (
      parseTimezone(text) ?? this.#reject(name, `must be a time zone such as Europe/London, not "${text}"`)
    );
  }

  url(name: string): URL | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    // The value is not repeated below: a URL can hold a password.
    const url = parseHttpUrl(text);
    if (!url) return this.#reject(name, 'must be an http:// or https:// URL such as http://127.0.0.1:9090');
    if (!isBaseUrl(url)) return this.#reject(name, 'must not hold credentials, a query or a fragment');
    return url;
  }

  /** A secret that is sent in a header, which takes printable ASCII only. */
  headerValue(name: string): string | undefined {
    const secret = this.secret(name);
    if (secret === undefined || /^[\x21-\x7e]+$/.test(secret)) return secret;
    return this.#reject(name, 'must be printable ASCII without spaces or line breaks');
  }

  /** From the variable itself, or from the file that `…_FILE` names. */
  secret(name: string): string | undefined {
    const text = this.text(name);
    const path = this.text(`${name}_FILE`);
    if (path === undefined) return text;
    if (text !== undefined) return this.#reject(name, `and ${name}_FILE are both set: keep one of them`);
    try {
      return readFileSync(path, 'utf8').trim() || this.#reject(`${name}_FILE`, `${path} is empty`);
    } catch (error) {
      return this.#reject(`${name}_FILE`, `can't read ${path}${codeInBrackets(error)}`);
    }
  }

  /**
   * A setting under a misspelled name would silently stay at its default, and parcels might go to the wrong place: a
   * problem. Names that resemble no setting are returned, but for those that Kubernetes sets for a Service.
   */
  findUnknown(known: readonly string[]): string[] {
    const unknown: string[] = [];
    for (const name of Object.keys(this.#environment)) {
      if (!name.startsWith('SHIPCTL_') || known.includes(name)) continue;
      const nearest = known.find((candidate) => distance(candidate, name) <= (candidate.length > 16 ? 2 : 1));
      if (nearest) this.#reject(name, `is not a setting: did you mean ${nearest}?`);
      else if (!/_SERVICE_(HOST|PORT)|_PORT(_\d+_|$)/.test(name)) unknown.push(name);
    }
    return unknown;
  }

  #reject(path: string, message: string): undefined {
    this.problems.push({ path, message });
    return undefined;
  }
}
