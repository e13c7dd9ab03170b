import type { ReadStrategy } from './read-strategy.ts'
import { handlerOf, SocketTransport } from './socket-transport.ts'

/** Reads by 'data' events: Node allocates a Buffer for each read. Works on every socket. */
export const stream: ReadStrategy = {
  name: 'stream',
  attach(socket, connect) {
    const transport = new SocketTransport(socket)
    transport.attach(connect(transport))
    socket.on('data', (data: Buffer) => {
      // A plain view, so that the parser sees one class of byte array whatever the strategy.
      // ZERO-COPY: the memory is the Buffer's, which nothing else references; the view dies with
      // it.
      handlerOf(socket).onData(
        new Uint8Array(data.buffer, data.byteOffset, data.length),
        0,
        data.length,
      )
    })
    socket.resume()
  },
}
