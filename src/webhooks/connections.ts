import type { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

const MAX_CONNECTIONS = 4096;

/** The open connections, with the answers that are due on each. */
export interface Connections {
  /** False where there are too many and none can be given up for it; `giveUp` is to end one that is. */
  add(socket: Socket, giveUp: (socket: Socket) => void): boolean;
  /**
   * A request has begun on a connection: its answer is due until it is sent or nobody waits for it.
   * @returns how many answers are due on that connection now.
   */
  begin(socket: Duplex, response: ServerResponse): number;
  /** In the order of their requests. */
  due(socket: Duplex): readonly ServerResponse[];
  /** The answer to the newest request, due or not. */
  last(socket: Duplex): ServerResponse | undefined;
  /** Ends those on which nothing was ever asked. */
  endSilent(): void;
}

export function createConnections(): Connections {
  const open = new Set<Socket>();
  const answers = new WeakMap<Duplex, { due: Set<ServerResponse>; last: ServerResponse }>();

  /**
   * First one on which nothing was ever asked, then the oldest one that has begun to ask and does not get to the end,
   * then the oldest idle one: whoever has been answered may be a proxy, and its next request be on its way.
   */
  const dispensable = () => {
    let unfinished: Socket | undefined;
    let idle: Socket | undefined;
    for (const socket of open) {
      const known = answers.get(socket);
      if (!known) return socket;
      if (known.due.size === 0) idle ??= socket;
      else if (!known.last.req.complete) unfinished ??= socket;
    }
    return unfinished ?? idle;
  };
  return {
    add(socket, giveUp) {
      if (open.size >= MAX_CONNECTIONS) {
        const other = dispensable();
        if (!other) return false;
        open.delete(other);
        giveUp(other);
      }
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      return true;
    },
    begin(socket, response) {
      const known = answers.get(socket);
      const due = known?.due ?? new Set();
      answers.set(socket, { due: due.add(response), last: response });
      response.once('close', () => due.delete(response));
      return due.size;
    },
    due: (socket) => [...(answers.get(socket)?.due ?? [])],
    last: (socket) => answers.get(socket)?.last,
    endSilent() {
      for (const socket of open) if (isSilent(socket)) socket.destroy();
    },
  };
}

/** Connected in advance, as load balancers and browsers do: to Node not idle, but nothing was asked for either. */
export function isSilent(socket: Duplex): boolean {
  return socket instanceof Socket && socket.bytesRead === 0;
}
