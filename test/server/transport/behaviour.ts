import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ReadBuffer } from '../../../src/parser/index.ts'
import { ACCEPT_OPTIONS, type ReadStrategy } from '../../../src/server/transport/read-strategy.ts'
import type { Transport, TransportHandler } from '../../../src/server/transport/transport.ts'
import { eventually } from '../eventually.ts'

/** More than one read, and more than the kernel takes at once. */
const LARGE = 16 * 1024 * 1024

/** What one connection has told. */
export class Recorder implements TransportHandler {
  readonly transport: Transport
  readonly told: string[] = []
  readonly buffers: Set<ArrayBufferLike> = new Set()
  readonly sizes: number[] = []
  /** What was received, as Latin-1; empty where `keeps` is false. */
  text = ''
  bytes = 0
  keeps = true
  onReceived: () => void = () => {}

  constructor(transport: Transport) {
    this.transport = transport
  }

  onData(bytes: Uint8Array, from: number, to: number): void {
    expect([Uint8Array, ReadBuffer]).toContain(bytes.constructor)
    this.buffers.add(bytes.buffer)
    this.sizes.push(to - from)
    this.bytes += to - from
    if (this.keeps) this.text += Buffer.from(bytes.subarray(from, to)).toString('latin1')
    this.onReceived()
  }

  onEnd(): void {
    this.told.push('finished')
  }

  onDrain(): void {
    this.told.push('drained')
  }

  onClose(): void {
    this.told.push('gone')
  }
}

/** A server that reads with a strategy. */
export async function listen(
  strategy: ReadStrategy,
  host = '127.0.0.1',
  adopted = (_wire: Transport): void => {},
) {
  const recorders: Recorder[] = []
  const server = createServer(ACCEPT_OPTIONS, socket =>
    strategy.attach(socket, transport => {
      const recorder = new Recorder(transport)
      recorders.push(recorder)
      adopted(transport)
      return recorder
    }),
  ).listen(0, host)
  await once(server, 'listening')
  const clients: Socket[] = []
  onTestFinished(() => {
    for (const client of clients) client.destroy()
    for (const { transport } of recorders) transport.destroy()
    server.close()
  })
  /** A client, and what its connection has told. */
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
  return { server, open }
}

const countOf = (server: Server): Promise<number> =>
  new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** What every read strategy does. */
export function describeReadStrategy(name: string, strategyOf: () => ReadStrategy): void {
  describe(`${name}, on a real socket`, () => {
    it('brings the bytes that were sent', async () => {
      const { open } = await listen(strategyOf())
      const { client, recorder } = await open()
      client.write('one, ')
      await eventually(() => expect(recorder.text).toBe('one, '))
      client.write('two')
      await eventually(() => expect(recorder.text).toBe('one, two'))
      expect(recorder.told).toEqual([])
    })

    it('lets a wire be destroyed before it is read', async () => {
      const { open } = await listen(strategyOf(), undefined, transport => transport.destroy())
      const { client, recorder } = await open()
      client.write('never read')
      client.resume()
      await eventually(() => expect([recorder.told, recorder.text]).toEqual([['gone'], '']))
    })

    it('brings many bytes in order', async () => {
      const { open } = await listen(strategyOf())
      const { client, recorder } = await open()
      const lines = Array.from({ length: 200_000 }, (_, i) => `${i}\n`).join('')
      client.end(lines)
      await eventually(() => expect(recorder.told).toEqual(['finished']), 5000)
      expect(recorder.text === lines).toBe(true)
    })

    it('brings each connection its own bytes', async () => {
      const { open } = await listen(strategyOf())
      const opened = []
      for (let i = 0; i < 20; i++) opened.push(await open())
      for (let round = 0; round < 20; round++)
        for (const [i, { client }] of opened.entries()) client.write(`${i};`)
      for (const [i, { recorder }] of opened.entries())
        await eventually(() => expect(recorder.text).toBe(`${i};`.repeat(20)))
    })

    it('brings nothing between pause() and resume(), and then what has come', async () => {
      const { open } = await listen(strategyOf())
      const { client, recorder } = await open()
      recorder.keeps = false
      recorder.onReceived = () => recorder.transport.pause()
      client.end(new Uint8Array(LARGE))
      await eventually(() => expect(recorder.sizes).toHaveLength(1))
      await pause(50)
      expect([recorder.sizes.length, recorder.told]).toEqual([1, []])
      recorder.onReceived = () => {}
      recorder.transport.resume()
      await eventually(() => expect(recorder.told).toEqual(['finished']), 5000)
      expect(recorder.bytes).toBe(LARGE)
    })

    it('leaves what is not read with the client', async () => {
      const { open } = await listen(strategyOf())
      const { client, recorder } = await open()
      recorder.transport.pause()
      client.write(new Uint8Array(LARGE))
      await pause(100)
      expect(recorder.bytes).toBe(0)
      expect(client.writableLength).toBeGreaterThan(0)
    })

    it('tells that the client has finished, once, and the answer still gets through', async () => {
      const { open } = await listen(strategyOf())
      const { client, recorder } = await open()
      client.end('question')
      await eventually(() => expect(recorder.told).toEqual(['finished']))
      expect(recorder.text).toBe('question')
      let answer = ''
      client.on('data', data => {
        answer += data
      })
      recorder.transport.write(Buffer.from('answer'))
      recorder.transport.end()
      await once(client, 'end')
      expect(answer).toBe('answer')
      await eventually(() => expect(recorder.told).toEqual(['finished', 'drained', 'gone']))
    })

    it('goes on bringing bytes behind a FIN of ours', async () => {
      const { open } = await listen(strategyOf())
      const { client, recorder } = await open()
      recorder.transport.end()
      client.resume()
      await once(client, 'end')
      client.end('late')
      await eventually(() => expect(recorder.told).toEqual(['drained', 'finished', 'gone']))
      expect(recorder.text).toBe('late')
    })

    it('tells of a reset, once, last', async () => {
      const { open } = await listen(strategyOf())
      const { client, recorder } = await open()
      client.write('x')
      await eventually(() => expect(recorder.text).toBe('x'))
      client.resetAndDestroy()
      await eventually(() => expect(recorder.told).toEqual(['gone']))
      recorder.transport.write(Buffer.from('late'))
      recorder.transport.end()
      recorder.transport.destroy()
      await pause(20)
      expect(recorder.told).toEqual(['gone'])
    })

    it('destroys', async () => {
      const { open } = await listen(strategyOf())
      const { client, recorder } = await open()
      recorder.transport.destroy()
      await once(client.resume(), 'end')
      await eventually(() => expect(recorder.told).toEqual(['gone']))
    })

    it('has large answers wait for the client, and tells when they are taken', async () => {
      const { open } = await listen(strategyOf())
      const { client, recorder } = await open()
      recorder.transport.write(new Uint8Array(LARGE))
      expect(recorder.transport.queuedBytes).toBeGreaterThan(0)
      let bytes = 0
      client.on('data', data => {
        bytes += data.length
      })
      await eventually(() => expect(recorder.told).toEqual(['drained']), 5000)
      await eventually(() => expect(bytes).toBe(LARGE))
    })

    it.each(['127.0.0.1', '::1'])(
      'knows the address of a client at %s, also when it has gone',
      async host => {
        const { open } = await listen(strategyOf(), host)
        const { client, recorder } = await open()
        client.resetAndDestroy()
        await eventually(() => expect(recorder.told).toEqual(['gone']))
        expect(recorder.transport.remoteAddress).toBe(host)
      },
    )

    it('keeps the server’s count of connections', async () => {
      const { server, open } = await listen(strategyOf())
      const [first, second] = [await open(), await open()]
      expect(await countOf(server)).toBe(2)
      first.client.resetAndDestroy()
      await eventually(() => expect(first.recorder.told).toEqual(['gone']))
      expect(await countOf(server)).toBe(1)
      second.client.end()
      second.recorder.transport.end()
      second.client.resume()
      await eventually(() => expect(second.recorder.told).toContain('gone'))
      expect(await countOf(server)).toBe(0)
    })

    it('has server.close() wait for its connections, and for nothing else', async () => {
      const { server, open } = await listen(strategyOf())
      const { client, recorder } = await open()
      let isClosed = false
      const closing = new Promise<void>(resolve =>
        server.close(() => {
          isClosed = true
          resolve()
        }),
      )
      await pause(30)
      expect(isClosed).toBe(false)
      client.write('still there')
      await eventually(() => expect(recorder.text).toBe('still there'))
      recorder.transport.destroy()
      await closing
    })
  })
}
