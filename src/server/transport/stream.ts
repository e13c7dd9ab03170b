import type { Socket } from 'node:net'
import type { Connect, ReadStrategy } from './read-strategy.ts'
import { acceptSockets, handlerOf, SocketTransport } from './socket-transport.ts'

/** Reads by 'data' events: Node allocates a Buffer for each read. Works on every socket. */
export const stream: ReadStrategy = {
  name: 'stream',
  accept: (server, connect, onFailure) =>
    acceptSockets(server, socket => attachStream(socket, connect), onFailure),
}

/** Takes over a paused socket, and starts to read it. */
export function attachStream(socket: Socket, connect: Connect): void {
  const transport = new SocketTransport(socket)
  transport.attach(connect(transport))
  socket.on('data', (data: Buffer) => {
    // A plain view, so that the parser sees one class of byte array whatever the strategy.
    // ZERO-COPY: the memory is the Buffer's, which nothing else references; the view dies with it.
    handlerOf(socket).onData(
      new Uint8Array(data.buffer, data.byteOffset, data.length),
      0,
      data.length,
    )
  })
  socket.resume()
}
