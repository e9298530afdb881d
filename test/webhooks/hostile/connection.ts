import { connect } from 'node:net';

export interface SendOptions {
  /** Says that nothing more will come, as a sender does that goes away. */
  ends?: boolean;
  timeoutMs?: number;
}

/**
 * Sends bytes on a connection of its own, and reads until the other side closes it.
 * @param parts - each is sent when the answer to the ones before has begun to come.
 */
export function send(
  url: string,
  parts: Buffer | readonly Buffer[],
  { ends = false, timeoutMs = 30_000 }: SendOptions = {},
): Promise<Buffer> {
  const { hostname, port } = new URL(url);
  const waiting = Buffer.isBuffer(parts) ? [parts] : [...parts];
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const sendNext = () => {
      const part = waiting.shift();
      if (!part) return;
      if (ends && waiting.length === 0) socket.end(part);
      else socket.write(part);
    };
    // A reset after the answer does not matter; without one, the answer is missing.
    socket.on('error', () => {});
    socket.on('connect', sendNext);
    socket.on('data', (bytes) => {
      received.push(bytes);
      sendNext();
    });
    socket.on('close', () => resolve(Buffer.concat(received)));
    socket.setTimeout(timeoutMs, () => {
      reject(new Error(`the connection is still open after ${timeoutMs} ms: ${Buffer.concat(received)}`));
      socket.destroy();
    });
  });
}
