import type { ReadStrategy } from './read-strategy.ts'
import { handlerOf, SocketTransport } from './socket-transport.ts'

/** Ordinary 'data' events: Node makes a fresh Buffer for each read. It works on every socket. */
export const stream: ReadStrategy = {
  name: 'stream',
  attach(socket, connect) {
    const transport = new SocketTransport(socket)
    transport.listenTo(connect(transport))
    socket.on('data', (data: Buffer) => {
      // A plain view, so that the parser sees one class of byte array whatever the strategy.
      // ZERO-COPY: the memory is the Buffer's, which nobody else has; the view dies with it.
      handlerOf(socket).onData(
        new Uint8Array(data.buffer, data.byteOffset, data.length),
        0,
        data.length,
      )
    })
    socket.resume()
  },
}
