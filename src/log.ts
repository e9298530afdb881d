import { type Clock, toRfc3339 } from './clock.ts';

export type LogFields = Record<string, string | number | boolean | null | undefined>;

/** Writes to standard error only: standard output belongs to the result. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

type Level = keyof Log;

const LEVELS: readonly Level[] = ['debug', 'info', 'warn', 'error'];

/**
 * One line per entry, as text (`warn: message key=value`) or as JSON.
 * Values from outside can't start a line of their own: whatever is not plain printable text is quoted and escaped.
 */
export function createLog(options: {
  write: (line: string) => void;
  format: 'text' | 'json';
  from: Level;
  clock: Clock;
}): Log {
  const threshold = LEVELS.indexOf(options.from);
  const at =
    (level: Level) =>
    (message: string, fields: LogFields = {}) => {
      if (LEVELS.indexOf(level) < threshold) return;
      options.write(
        options.format === 'json'
          ? `${JSON.stringify({ time: toRfc3339(options.clock.now()), level, message, ...fields })}\n`
          : `${level}: ${printable(message)}${textFields(fields)}\n`,
      );
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function textFields(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${key}=${/^[\w.:/+-]+$/.test(String(value)) ? value : printable(JSON.stringify(value))}`,
    )
    .join('');
}

/** Control and format characters (line breaks, escape sequences, bidirectional overrides) as `\u….` escapes. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
