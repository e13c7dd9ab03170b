import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ReadBuffer } from '../../../src/parser/index.ts'
import { ACCEPT_OPTIONS, type ReadStrategy } from '../../../src/server/transport/read-strategy.ts'
import type { Transport, TransportHandler } from '../../../src/server/transport/transport.ts'
import { eventually } from '../eventually.ts'

/** Too large for one read, and for the kernel to accept at once. */
const LARGE = 16 * 1024 * 1024

/** Records the events of one connection. */
export class Recorder implements TransportHandler {
  readonly transport: Transport
  readonly events: ('end' | 'drain' | 'close')[] = []
  readonly buffers: Set<ArrayBufferLike> = new Set()
  readonly sizes: number[] = []
  /** The bytes that were read, as Latin-1; empty if `keepsText` is false. */
  text = ''
  bytes = 0
  keepsText = true
  afterData: () => void = () => {}

  constructor(transport: Transport) {
    this.transport = transport
  }

  onData(bytes: Uint8Array, from: number, to: number): void {
    expect([Uint8Array, ReadBuffer]).toContain(bytes.constructor)
    this.buffers.add(bytes.buffer)
    this.sizes.push(to - from)
    this.bytes += to - from
    if (this.keepsText) this.text += Buffer.from(bytes.subarray(from, to)).toString('latin1')
    this.afterData()
  }

  onEnd(): void {
    this.events.push('end')
  }

  onDrain(): void {
    this.events.push('drain')
  }

  onClose(): void {
    this.events.push('close')
  }
}

/** Starts a server that reads with a strategy. */
export async function listen(
  strategy: ReadStrategy,
  host = '127.0.0.1',
  onAttach = (_transport: Transport): void => {},
) {
  const recorders: Recorder[] = []
  const server = createServer(ACCEPT_OPTIONS)
  strategy.accept(server, transport => {
    const recorder = new Recorder(transport)
    recorders.push(recorder)
    onAttach(transport)
    return recorder
  })
  server.listen(0, host)
  await once(server, 'listening')
  const clients: Socket[] = []
  onTestFinished(() => {
    for (const client of clients) client.destroy()
    for (const { transport } of recorders) transport.destroy()
    server.close()
  })
  /** Connects a client. The recorder is of the server's side of its connection. */
  const open = async (): Promise<{ client: Socket; recorder: Recorder }> => {
    const port = (server.address() as AddressInfo).port
    const client = connect({ host, port, allowHalfOpen: true, noDelay: true })
    client.on('error', () => {})
    clients.push(client)
    const before = recorders.length
    await once(client, 'connect')
    await eventually(() => expect(recorders.length).toBeGreaterThan(before))
    return { client, recorder: recorders.at(-1)! }
  }
  return { server, open, recorders }
}

const connectionCount = (server: Server): Promise<number> =>
  new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** Describes what every read strategy does. */
export function describeReadStrategy(name: string, strategyOf: () => ReadStrategy): void {
  describe(`${name} on a real socket`, () => {
    it('delivers the bytes that the client sends', async () => {
      const { open } = await listen(strategyOf())
      const { client, recorder } = await open()
      client.write('one, ')
      await eventually(() => expect(recorder.text).toBe('one, '))
      client.write('two')
      await eventually(() => expect(recorder.text).toBe('one, two'))
      expect(recorder.events).toEqual([])
    })

    it('lets the handler destroy the transport before any read', async () => {
      const { open } = await listen(strategyOf(), undefined, transport => transport.destroy())
      const { client, recorder } = await open()
      client.write('never read')
      client.resume()
      await eventually(() => expect([recorder.events, recorder.text]).toEqual([['close'], '']))
    })

    it('delivers many bytes in order', async () => {
      const { open } = await listen(strategyOf())
      const { client, recorder } = await open()
      const lines = Array.from({ length: 200_000 }, (_, i) => `${i}\n`).join('')
      client.end(lines)
      await eventually(() => expect(recorder.events).toEqual(['end']), 5000)
      expect(recorder.text === lines).toBe(true)
    })

    it('delivers to each connection its own bytes', async () => {
      const { open } = await listen(strategyOf())
      const opened = []
      for (let i = 0; i < 20; i++) opened.push(await open())
      for (let round = 0; round < 20; round++)
        for (const [i, { client }] of opened.entries()) client.write(`${i};`)
      for (const [i, { recorder }] of opened.entries())
        await eventually(() => expect(recorder.text).toBe(`${i};`.repeat(20)))
    })

    it('delivers nothing between pause() and resume(), and all bytes afterwards', async () => {
      const { open } = await listen(strategyOf())
      const { client, recorder } = await open()
      recorder.keepsText = false
      recorder.afterData = () => recorder.transport.pause()
      client.end(new Uint8Array(LARGE))
      await eventually(() => expect(recorder.sizes).toHaveLength(1))
      await sleep(50)
      expect([recorder.sizes.length, recorder.events]).toEqual([1, []])
      recorder.afterData = () => {}
      recorder.transport.resume()
      await eventually(() => expect(recorder.events).toEqual(['end']), 5000)
      expect(recorder.bytes).toBe(LARGE)
    })

    it('leaves bytes that it does not read queued at the client', async () => {
      const { open } = await listen(strategyOf())
      const { client, recorder } = await open()
      recorder.transport.pause()
      client.write(new Uint8Array(LARGE))
      await sleep(100)
      expect(recorder.bytes).toBe(0)
      expect(client.writableLength).toBeGreaterThan(0)
    })

    it('reports the FIN of the client once, and still sends the response', async () => {
      const { open } = await listen(strategyOf())
      const { client, recorder } = await open()
      client.end('request')
      await eventually(() => expect(recorder.events).toEqual(['end']))
      expect(recorder.text).toBe('request')
      let response = ''
      client.on('data', data => {
        response += data
      })
      recorder.transport.write(Buffer.from('response'))
      recorder.transport.end()
      await once(client, 'end')
      expect(response).toBe('response')
      await eventually(() => expect(recorder.events).toEqual(['end', 'drain', 'close']))
    })

    it('delivers bytes after its own FIN', async () => {
      const { open } = await listen(strategyOf())
      const { client, recorder } = await open()
      recorder.transport.end()
      client.resume()
      await once(client, 'end')
      client.end('late')
      await eventually(() => expect(recorder.events).toEqual(['drain', 'end', 'close']))
      expect(recorder.text).toBe('late')
    })

    it('reports a reset once, as the last event', async () => {
      const { open } = await listen(strategyOf())
      const { client, recorder } = await open()
      client.write('x')
      await eventually(() => expect(recorder.text).toBe('x'))
      client.resetAndDestroy()
      await eventually(() => expect(recorder.events).toEqual(['close']))
      recorder.transport.write(Buffer.from('late'))
      recorder.transport.end()
      recorder.transport.destroy()
      await sleep(20)
      expect(recorder.events).toEqual(['close'])
    })

    it('closes the connection with destroy()', async () => {
      const { open } = await listen(strategyOf())
      const { client, recorder } = await open()
      recorder.transport.destroy()
      await once(client.resume(), 'end')
      await eventually(() => expect(recorder.events).toEqual(['close']))
    })

    it('queues a large response, and reports when the kernel has accepted it', async () => {
      const { open } = await listen(strategyOf())
      const { client, recorder } = await open()
      recorder.transport.write(new Uint8Array(LARGE))
      expect(recorder.transport.queuedBytes).toBeGreaterThan(0)
      let bytes = 0
      client.on('data', data => {
        bytes += data.length
      })
      await eventually(() => expect(recorder.events).toEqual(['drain']), 5000)
      await eventually(() => expect(bytes).toBe(LARGE))
    })

    it.each(['127.0.0.1', '::1'])(
      'knows the address of a client at %s, also after it has disconnected',
      async host => {
        const { open } = await listen(strategyOf(), host)
        const { client, recorder } = await open()
        client.resetAndDestroy()
        await eventually(() => expect(recorder.events).toEqual(['close']))
        expect(recorder.transport.remoteAddress).toBe(host)
      },
    )

    it('keeps the server’s count of connections exact', async () => {
      const { server, open } = await listen(strategyOf())
      const [first, second] = [await open(), await open()]
      expect(await connectionCount(server)).toBe(2)
      first.client.resetAndDestroy()
      await eventually(() => expect(first.recorder.events).toEqual(['close']))
      expect(await connectionCount(server)).toBe(1)
      second.client.end()
      second.recorder.transport.end()
      second.client.resume()
      await eventually(() => expect(second.recorder.events).toContain('close'))
      expect(await connectionCount(server)).toBe(0)
    })

    it('delays the end of server.close() until its connections are closed, and no longer', async () => {
      const { server, open } = await listen(strategyOf())
      const { client, recorder } = await open()
      let isClosed = false
      const closing = new Promise<void>(resolve =>
        server.close(() => {
          isClosed = true
          resolve()
        }),
      )
      await sleep(30)
      expect(isClosed).toBe(false)
      client.write('still open')
      await eventually(() => expect(recorder.text).toBe('still open'))
      recorder.transport.destroy()
      await closing
    })
  })
}
