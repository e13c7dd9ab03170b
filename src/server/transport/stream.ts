import type { ReadStrategy } from './read-strategy.ts'
import { listenerOf, SocketWire } from './socket-transport.ts'

/** Ordinary 'data' events: Node makes a fresh Buffer for each read. It works on every socket. */
export const slab: ReadStrategy = {
  name: 'slab',
  adopt(socket, connect) {
    const wire = new SocketWire(socket)
    wire.listen(connect(wire))
    socket.on('data', (data: Buffer) => {
      // A plain view, so that the parser sees one class of byte array whatever the strategy.
      // ZERO-COPY: the memory is the Buffer's, which nobody else has; the view dies with it.
      listenerOf(socket).received(new Uint8Array(data.buffer, data.byteOffset, data.length), 0, data.length)
    })
    socket.resume()
  },
}
