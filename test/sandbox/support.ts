import { createServer, type IncomingHttpHeaders } from 'node:http';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.ts';
import { createLog } from '../../src/log.ts';
import { type SandboxSettings, startSandbox } from '../../src/sandbox/sandbox.ts';
import { anAddress, anItem } from '../support/factories.ts';

/** A sandbox on a free port with everything it logs; closed when the test ends. */
export async function aSandbox({
  clock = systemClock,
  ...settings
}: Partial<SandboxSettings> & { clock?: Clock } = {}) {
  const lines: string[] = [];
  const log = createLog({ write: (line) => lines.push(line), format: 'text', from: 'info', clock });
  const sandbox = await startSandbox({ port: 0, ...settings }, { clock, log });
  onTestFinished(() => sandbox.close());
  return { ...sandbox, lines };
}

/** The brief's example, with whatever is to be different. */
export function anOrder(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    order_id: 'co-1',
    delivery_service: 'standard',
    items: [anItem()],
    delivery_address: anAddress(),
    ...overrides,
  };
}

export interface Reply {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read into it with literals
  json: any;
}

/** Sends an order, given as an object or as the body itself. */
export async function postOrder(
  url: string,
  order: Record<string, unknown> | string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const isBody = typeof order === 'string' || order instanceof Uint8Array;
  const answer = await fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: isBody ? order : JSON.stringify(order),
  });
  return { status: answer.status, headers: answer.headers, json: await answer.json() };
}

// biome-ignore lint/suspicious/noExplicitAny: tests read into it with literals
export async function getJson(url: string): Promise<any> {
  return (await fetch(url)).json();
}

/** Somebody who wants events. `answer` gives the status for the nth delivery, from 1. */
export async function aReceiver(answer: (delivery: number) => number = () => 200) {
  const deliveries: { path: string; headers: IncomingHttpHeaders; body: string; status: number }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const status = answer(deliveries.length + 1);
      const body = Buffer.concat(chunks).toString();
      deliveries.push({ path: request.url ?? '', headers: request.headers, body, status });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('no address');
  return { url: new URL(`http://127.0.0.1:${address.port}/webhooks/fictional`), deliveries };
}
