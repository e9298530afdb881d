import type { Server } from 'node:net';
import { CommandError } from '../errors.ts';

export interface ListenAddress {
  host: string;
  /** 0 picks a free one. */
  port: number;
  /** The flag that names the port. */
  flag?: 'port' | 'admin-port';
}

/**
 * @returns the URL of an HTTP server that listens there: `http://127.0.0.1:8080`.
 * @throws CommandError `configuration` where it can't listen at that address.
 */
export async function listen(server: Server, address: ListenAddress): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, address)));
    server.listen({ host: address.host, port: address.port }, resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server has no port');
  return `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
}

function explain(error: NodeJS.ErrnoException, { host, port, flag = 'port' }: ListenAddress): unknown {
  const settings = `--${flag} or SHIPCTL_${flag.toUpperCase().replace('-', '_')}`;
  const refuse = (message: string, hint: string) =>
    new CommandError('configuration', message, { hint, cause: error });
  switch (error.code) {
    case 'EADDRINUSE':
      return refuse(
        `Port ${port} of ${host} is in use by another program.`,
        `Stop that program, or choose another port with ${settings} (0 picks a free one).`,
      );
    case 'EACCES':
      return refuse(
        `This user may not listen on port ${port} of ${host}.`,
        `Choose a port above 1023 with ${settings}.`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return refuse(
        `${host} is no address of this machine.`,
        'Name one with --host or SHIPCTL_HOST, for example 127.0.0.1.',
      );
    default:
      return error;
  }
}
