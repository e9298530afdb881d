import type { IncomingMessage } from 'node:http';

/** A body, or why there is none: `gone` where the sender went away, `no-room` where others hold too much already. */
export type BodyReading = Buffer | 'too-large' | 'gone' | 'no-room' | 'given-up';

export interface BodyReader {
  /** Hands a request's body to `use`; it counts as held until `use` is done with it. */
  read<T>(request: IncomingMessage, use: (body: BodyReading) => Promise<T>): Promise<T>;
  /** Waits no longer for what has not arrived yet. */
  giveUp(): void;
}

/**
 * Reads bodies, counting while they come, since a length need not be declared.
 * @param maxHeldBytes - of all bodies that are being read or stored at the same time.
 */
export function createBodyReader({
  maxBytes,
  maxHeldBytes,
}: {
  maxBytes: number;
  maxHeldBytes: number;
}): BodyReader {
  const arriving = new Set<(reading: 'given-up') => void>();
  let held = 0;
  return {
    async read(request, use) {
      let length = 0;
      const reading = new Promise<BodyReading>((resolve) => {
        const chunks: Buffer[] = [];
        const settle = (result: BodyReading) => {
          request.removeListener('data', collect);
          arriving.delete(settle);
          resolve(result);
        };
        const collect = (chunk: Buffer) => {
          length += chunk.length;
          held += chunk.length;
          if (length > maxBytes) settle('too-large');
          else if (held > maxHeldBytes) settle('no-room');
          else chunks.push(chunk);
        };
        arriving.add(settle);
        request.on('data', collect);
        request.once('end', () =>
          settle(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)),
        );
        request.once('close', () => settle('gone'));
      });
      try {
        return await use(await reading);
      } finally {
        held -= length;
      }
    },
    giveUp() {
      for (const settle of arriving) settle('given-up');
    },
  };
}
