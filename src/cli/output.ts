import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Chalk, type ChalkInstance } from 'chalk';
import type { Io } from './io.ts';

/** How results are shown: one JSON document, or text for people. */
export interface Output {
  json: boolean;
  quiet: boolean;
  /** Characters that fit on a line. */
  width: number;
  /** Whether a terminal may be sent escape codes. */
  escapeCodes: boolean;
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

/** For a terminal that does not tell. */
const DEFAULT_WIDTH = 80;
const CHUNK_LENGTH = 65_536;

export function createOutput(
  io: Pick<Io, 'stdout' | 'env'>,
  options: { json: boolean; quiet: boolean; color: boolean },
): Output {
  const colored = !options.json && io.stdout.isTTY === true && wantsEscapeCodes(io, options.color);
  return {
    json: options.json,
    quiet: options.quiet,
    escapeCodes: wantsEscapeCodes(io, options.color),
    // Wrapping is for eyes: what goes into a file or another program stays on its line.
    width: io.stdout.isTTY ? io.stdout.columns || DEFAULT_WIDTH : Number.POSITIVE_INFINITY,
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

/** Whether a terminal may be sent more than plain text: colours, a progress bar. */
function wantsEscapeCodes(io: Pick<Io, 'env'>, color: boolean): boolean {
  return color && !io.env.NO_COLOR && io.env.TERM !== 'dumb';
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
