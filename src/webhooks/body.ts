import type { IncomingMessage } from 'node:http';

/** Reads a body, counting while it comes, since a length need not be declared; `gone` where the sender went away. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | 'too-large' | 'gone'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (result: Buffer | 'too-large' | 'gone') => {
      request.removeListener('data', collect);
      resolve(result);
    };
    const collect = (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) settle('too-large');
      else chunks.push(chunk);
    };
    request.on('data', collect);
    request.once('end', () => settle(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.once('close', () => settle('gone'));
  });
}
