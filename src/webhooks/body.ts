import type { IncomingMessage } from 'node:http';

/** A body, or why there is none: `gone` where the sender went away, `no-room` where it had to give way to others. */
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
  const arriving = new Set<(reading: 'given-up' | 'no-room') => void>();
  let held = 0;
  /** Whoever began first and is still not done has had its chance: it may be meant to keep the others out. */
  const makeRoom = () => {
    const [oldest] = arriving;
    oldest?.('no-room');
  };
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
          else chunks.push(chunk);
          if (held > maxHeldBytes) makeRoom();
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
