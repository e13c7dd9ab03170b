import type { ReadStrategy } from '../../../src/server/transport/choose-read-strategy.ts'
import { SocketTransport } from '../../../src/server/transport/socket-transport.ts'

/**
 * `read(1)` in paused mode: it looks unbuffered, but the stream has read ahead, so it costs few system calls and a Buffer for each
 * byte. It does not heed `pause()`, for a stream with a 'readable' listener has none: enough for requests without content.
 */
export const streamBytewise: Pick<ReadStrategy, 'attach'> = {
  attach(socket, connect) {
    const transport = new SocketTransport(socket)
    const listener = connect(transport)
    transport.listenTo(listener)
    socket.on('readable', () => {
      for (let data: Buffer | null = socket.read(1); data !== null; data = socket.read(1))
        // A plain view, as stream makes it.
        // ZERO-COPY: the memory is the stream's own Buffer's; the view dies with it.
        listener.onData(new Uint8Array(data.buffer, data.byteOffset, data.length), 0, data.length)
    })
  },
}
