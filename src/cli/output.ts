import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Chalk, type ChalkInstance } from 'chalk';
import type { CommandError } from '../errors.ts';
import { printable } from '../log.ts';
import type { Io } from './io.ts';

/** How results are shown: one JSON document, or text for people. */
export interface Output {
  json: boolean;
  quiet: boolean;
  /** Characters that fit on a line. */
  width: number;
  /** Colours where standard output is a terminal that wants them; otherwise plain text. */
  colors: ChalkInstance;
  /** Prints the result of a command: `document` with --json, else what `text` makes of it. */
  result(document: Record<string, unknown>, text: () => string): void;
  /**
   * Like `result`, for a list that may be too long for the memory: it is the document's field `name` and is written
   * as it is read. `document` and `text` are asked when it has been read to its end.
   */
  listing(
    name: string,
    items: AsyncIterable<object>,
    render: { document: () => Record<string, unknown>; text: () => string },
  ): Promise<void>;
}

const DEFAULT_WIDTH = 80;
const CHUNK_LENGTH = 65_536;

export function createOutput(io: Io, options: { json: boolean; quiet: boolean; color: boolean }): Output {
  const colored = options.color && !options.json && io.stdout.isTTY === true && !io.env.NO_COLOR;
  return {
    json: options.json,
    quiet: options.quiet,
    width: io.stdout.columns ?? DEFAULT_WIDTH,
    colors: new Chalk({ level: colored ? 1 : 0 }),
    result(document, text) {
      if (options.json) io.stdout.write(`${JSON.stringify({ schema_version: 1, ...document })}\n`);
      else if (!options.quiet) io.stdout.write(`${text()}\n`);
    },
    async listing(name, items, { document, text }) {
      if (options.json) {
        await pipeline(Readable.from(jsonDocument(name, items, document)), io.stdout, { end: false }).catch(
          (error: NodeJS.ErrnoException) => {
            // The reader had enough.
            if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
          },
        );
        return;
      }
      for await (const _ of items);
      if (!options.quiet) io.stdout.write(`${text()}\n`);
    },
  };
}

async function* jsonDocument(
  name: string,
  items: AsyncIterable<object>,
  document: () => Record<string, unknown>,
): AsyncGenerator<string> {
  let chunk = `{"schema_version":1,${JSON.stringify(name)}:[`;
  let separator = '';
  for await (const item of items) {
    chunk += separator + JSON.stringify(item);
    separator = ',';
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  yield `${chunk}],${JSON.stringify(document()).slice(1)}\n`;
}

/** An error as people read it, or with --json as one line of JSON. */
export function renderError(error: CommandError, json: boolean): string {
  const { code, message, hint, problems } = error;
  if (json) {
    return `${JSON.stringify({ error: { code, message, hint: hint ?? null, ...(problems.length > 0 && { problems }) } })}\n`;
  }
  const lines = [
    `error: ${printable(message)}`,
    ...problems.map((problem) => `  ${printable(problem.path)}: ${printable(problem.message)}`),
    ...(hint ? [`hint: ${printable(hint)}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}
