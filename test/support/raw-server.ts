import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server that speaks whatever the test wants, one byte after the other; it is gone when the test ends. */
export async function startRawServer(onConnection: (socket: Socket) => void): Promise<{ port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
    onConnection(socket);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : 0 };
}

/** Answers each request that has a short body with what `answer` writes. */
export async function startRawProvider(answer: (socket: Socket, request: string) => void) {
  const requests: string[] = [];
  const { port } = await startRawServer((socket) => {
    let received = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      received += chunk;
      const head = received.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/.exec(received)?.[1] ?? 0);
      if (received.length < head + 4 + length) return;
      const request = received;
      received = '';
      requests.push(request);
      answer(socket, request);
    });
  });
  return { url: `http://127.0.0.1:${port}`, requests };
}
