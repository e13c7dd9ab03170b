import type { Socket } from 'node:net'
import type { Connect, ReadStrategy } from '../../../src/server/transport/read-strategy.ts'
import {
  acceptSockets,
  handlerOf,
  SocketTransport,
} from '../../../src/server/transport/socket-transport.ts'

/**
 * Reads with `read(1)` in paused mode. It looks unbuffered, but the stream has read ahead: it costs
 * few system calls, and a Buffer for each byte. It ignores `pause()`, which has no effect on a
 * stream with a 'readable' listener; that is enough for requests without content.
 */
export const streamBytewise: Pick<ReadStrategy, 'accept'> = {
  accept: (server, connect, onFailure) =>
    acceptSockets(server, socket => attach(socket, connect), onFailure),
}

function attach(socket: Socket, connect: Connect): void {
  const transport = new SocketTransport(socket)
  transport.attach(connect(transport))
  socket.on('readable', () => {
    for (let data: Buffer | null = socket.read(1); data !== null; data = socket.read(1))
      // A plain view, as `stream` makes it.
      // ZERO-COPY: the memory is the Buffer's, which the stream owns; the view dies with it.
      handlerOf(socket).onData(
        new Uint8Array(data.buffer, data.byteOffset, data.length),
        0,
        data.length,
      )
  })
}
