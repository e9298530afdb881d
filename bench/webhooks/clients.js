import { once } from 'node:events';
import { connect } from 'node:net';
import { Pool } from 'undici';

/**
 * @typedef {object} Client
 * @property {(delivery: { headers: Record<string, string>, body: string }) => unknown} prepare
 *   what can be done before the time is taken
 * @property {(connection: number, prepared: unknown) => Promise<string>} send
 *   resolves with the answer's status and body, when it is there as a whole
 * @property {() => Promise<void>} close
 *
 * @typedef {(url: URL, connections: number) => Promise<Client>} ClientFactory
 */

/** An HTTP client as senders use one. @type {ClientFactory} */
async function undici(url, connections) {
  const pool = new Pool(url.origin, { connections, pipelining: 1 });
  return {
    prepare: ({ headers, body }) => ({ method: 'POST', path: url.pathname, headers, body }),
    async send(_connection, request) {
      const { statusCode, body } = await pool.request(request);
      return `${statusCode} ${await body.text()}`;
    },
    close: () => pool.close(),
  };
}

/**
 * Ready bytes over bare sockets, and answers that are not parsed: as little work as can be, so that the server is what
 * is measured. @type {ClientFactory}
 */
async function raw(url, connections) {
  const waiting = new Array(connections);
  const sockets = await Promise.all(
    Array.from({ length: connections }, async (_, connection) => {
      let answer = '';
      const callback = (length, buffer) => {
        answer += buffer.latin1Slice(0, length);
        // The answers of all servers here are one JSON object, and no header ends like one.
        if (!answer.endsWith('}')) return true;
        const whole = answer;
        answer = '';
        waiting[connection](whole);
        return true;
      };
      const socket = connect({
        host: url.hostname,
        port: Number(url.port),
        noDelay: true,
        onread: { buffer: Buffer.allocUnsafe(16 * 1024), callback },
      });
      await once(socket, 'connect');
      return socket;
    }),
  );
  return {
    prepare: ({ headers, body }) =>
      Buffer.from(
        [
          `POST ${url.pathname} HTTP/1.1`,
          `host: ${url.host}`,
          'connection: keep-alive',
          ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
          `content-length: ${body.length}`,
          '',
          body,
        ].join('\r\n'),
      ),
    send: (connection, bytes) =>
      new Promise((resolve) => {
        waiting[connection] = (answer) =>
          resolve(`${answer.slice(9, 12)} ${answer.slice(answer.lastIndexOf('\r\n') + 2)}`);
        sockets[connection].write(bytes);
      }),
    async close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** @type {Record<string, ClientFactory>} */
export const CLIENTS = { undici, raw };
