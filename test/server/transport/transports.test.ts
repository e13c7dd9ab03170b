import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { raw } from '../../../src/server/transport/raw.ts'
import { ACCEPT_OPTIONS, type ReadStrategy } from '../../../src/server/transport/read-strategy.ts'
import { sharedBuffer } from '../../../src/server/transport/shared-buffer.ts'
import { stream } from '../../../src/server/transport/stream.ts'
import type { AcceptedTransport } from '../../../src/server/transport/transport.ts'
import { eventually } from '../eventually.ts'
import { temporaryFolder } from '../temporary-folder.ts'

/** More than the kernel accepts at once. */
const LARGE = 16 * 1024 * 1024

/** Opens a transport on a real socket. Its client reads nothing before it is resumed. */
async function open(strategy: ReadStrategy, path?: string) {
  const server = createServer(ACCEPT_OPTIONS)
  const events: string[] = []
  const accepted = new Promise<AcceptedTransport>(resolve =>
    strategy.accept(server, transport => {
      resolve(transport)
      return {
        onData() {},
        onEnd: () => events.push('end'),
        onDrain: () => events.push('drain'),
        onClose: () => events.push('close'),
      }
    }),
  )
  if (path === undefined) server.listen(0, '127.0.0.1')
  else server.listen(path)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const address = path === undefined ? { port, host: '127.0.0.1' } : { path }
  const client = connect({ ...address, allowHalfOpen: true })
  client.on('error', () => {}).pause()
  const transport = await accepted
  onTestFinished(() => {
    client.destroy()
    transport.destroy()
    server.close()
  })
  return { transport, client, events }
}

/** Resolves to the number of bytes that the client reads until the end. */
const readAll = async (client: Socket): Promise<number> => {
  let bytes = 0
  client.on('data', data => {
    bytes += data.length
  })
  client.resume()
  await once(client, 'end', { signal: AbortSignal.timeout(5000) })
  return bytes
}

describe.each([
  ['SocketTransport, writing through the stream', stream],
  ['SocketTransport, writing directly', sharedBuffer()],
  ['RawTransport', raw()!],
] as const)('%s', (_, strategy) => {
  it('knows the address of the client, also after it has disconnected', async () => {
    const { transport, client, events } = await open(strategy)
    expect(transport.remoteAddress).toBe('127.0.0.1')
    client.resetAndDestroy()
    await eventually(() => expect(events).toContain('close'))
    expect(transport.remoteAddress).toBe('127.0.0.1')
  })

  it('reports the FIN of the client, and can still write', async () => {
    const { transport, client, events } = await open(strategy)
    client.end()
    await eventually(() => expect(events).toEqual(['end']))
    transport.write(Buffer.from('response'))
    transport.end()
    expect(await readAll(client)).toBe(8)
    await eventually(() => expect(events.at(-1)).toBe('close'))
  })

  it('reports a reset as close, once, as the last event', async () => {
    const { transport, client, events } = await open(strategy)
    transport.write(new Uint8Array(LARGE))
    client.resetAndDestroy()
    await eventually(() => expect(events).toContain('close'))
    expect(events.filter(event => event === 'close')).toHaveLength(1)
    expect(events.at(-1)).toBe('close')
  })

  it('calls back once for each write', async () => {
    const { transport, client } = await open(strategy)
    const done: string[] = []
    transport.write(Buffer.from('a'), () => done.push('a'))
    transport.write(new Uint8Array(LARGE), () => done.push('b'))
    await eventually(() => expect(done).toEqual(['a']))
    client.resume()
    await eventually(() => expect(done).toEqual(['a', 'b']), 5000)
  })

  it('calls back for writes that are lost with the connection, and for later ones', async () => {
    const { transport } = await open(strategy)
    let done = 0
    for (let i = 0; i < 3; i++) transport.write(new Uint8Array(LARGE), () => done++)
    transport.destroy()
    transport.write(new Uint8Array(10), () => done++)
    await eventually(() => expect(done).toBe(4))
  })

  it('sends the writes between cork and uncork together', async () => {
    const { transport, client } = await open(strategy)
    const reads: string[] = []
    client.on('data', data => reads.push(data.toString())).resume()
    transport.cork()
    transport.write(Buffer.from('one, '))
    await new Promise(resolve => setTimeout(resolve, 20))
    expect([reads, transport.queuedBytes]).toEqual([[], 5])
    transport.write(Buffer.from('two'))
    transport.uncork()
    await eventually(() => expect(reads).toEqual(['one, two']))
  })

  it('counts the bytes that the kernel has not accepted, and reports when there are none', async () => {
    const { transport, client, events } = await open(strategy)
    transport.write(new Uint8Array(LARGE))
    expect(transport.queuedBytes).toBeGreaterThan(0)
    client.resume()
    await eventually(() => expect(events).toEqual(['drain']), 5000)
    expect(transport.queuedBytes).toBe(0)
  })

  it('counts the bytes that the kernel has accepted, also within one large write', async () => {
    const { transport, client } = await open(strategy)
    expect(transport.flushedBytes).toBe(0)
    transport.write(new Uint8Array(LARGE))
    await eventually(() => expect(transport.flushedBytes).toBeGreaterThan(0))
    const before = transport.flushedBytes
    expect(before).toBeLessThan(LARGE)
    client.resume()
    await eventually(() => expect(transport.flushedBytes).toBe(LARGE), 5000)
    transport.cork()
    transport.write(Buffer.from('corked'))
    expect(transport.flushedBytes).toBe(LARGE)
    transport.uncork()
    await eventually(() => expect(transport.flushedBytes).toBe(LARGE + 6))
  })

  it('sends RST with reset(), so that the client gets an error', async () => {
    const { transport, client, events } = await open(strategy)
    transport.write(Buffer.from('some'))
    await eventually(() => expect(transport.queuedBytes).toBe(0))
    const error = once(client, 'error')
    client.resume()
    transport.reset()
    expect((await error)[0]).toMatchObject({ code: 'ECONNRESET' })
    await eventually(() => expect(events).toEqual(['close']))
  })

  it('reports an empty queue also after end()', async () => {
    const { transport, client, events } = await open(strategy)
    transport.write(new Uint8Array(LARGE))
    transport.end()
    expect(await readAll(client)).toBe(LARGE)
    await eventually(() => expect(events).toContain('drain'))
    expect(events).not.toContain('close')
  })

  it('stops reading between pause() and resume()', async () => {
    const { transport, client, events } = await open(strategy)
    transport.pause()
    client.end('some bytes')
    await new Promise(resolve => setTimeout(resolve, 30))
    expect(events).toEqual([])
    transport.resume()
    await eventually(() => expect(events).toEqual(['end']))
  })

  it('keeps the order of writes whatever is queued', async () => {
    const { transport, client, events } = await open(strategy)
    const written: Buffer[] = []
    const write = (bytes: Buffer, done?: () => void): void => {
      written.push(bytes)
      transport.write(bytes, done)
    }
    write(Buffer.from('first '))
    expect(transport.queuedBytes).toBe(0)
    write(Buffer.alloc(LARGE, 'x'))
    expect(transport.queuedBytes).toBeGreaterThan(0)
    write(Buffer.from(' second'))
    const accepted = new Promise<void>(done => write(Buffer.from(' third'), done))
    write(Buffer.from(' fourth'))
    transport.cork()
    write(Buffer.from(' fifth'))
    transport.uncork()
    expect(transport.queuedBytes).toBeLessThanOrEqual(
      written.reduce((sum, { length }) => sum + length, 0),
    )
    const chunks: Buffer[] = []
    client.on('data', data => chunks.push(data)).resume()
    await accepted
    await eventually(() => expect(transport.queuedBytes).toBe(0))
    expect(events).toContain('drain')
    transport.end()
    await once(client, 'end')
    expect(Buffer.concat(chunks).equals(Buffer.concat(written))).toBe(true)
  })

  it('reports close once if the client resets with much queued, and ignores later writes', async () => {
    const { transport, client, events } = await open(strategy)
    for (let n = 0; n < 4; n++) transport.write(Buffer.alloc(LARGE))
    client.resetAndDestroy()
    await eventually(() => expect(events).toContain('close'))
    transport.write(Buffer.from('late'))
    expect(events.filter(event => event === 'close')).toHaveLength(1)
    expect(events.indexOf('drain')).toBe(-1)
  })

  it('can be destroyed with much queued', async () => {
    const { transport, events } = await open(strategy)
    transport.write(Buffer.alloc(LARGE))
    transport.destroy()
    await eventually(() => expect(events).toEqual(['close']))
    expect(transport.queuedBytes).toBe(0)
  })

  it('sends events to a new handler after setHandler()', async () => {
    const { transport, client, events } = await open(strategy)
    transport.setHandler({
      onData() {},
      onEnd: () => events.push('end, second handler'),
      onDrain() {},
      onClose: () => events.push('close, second handler'),
    })
    client.end()
    await eventually(() => expect(events).toEqual(['end, second handler']))
    client.resetAndDestroy()
    transport.destroy()
    await eventually(() => expect(events).toEqual(['end, second handler', 'close, second handler']))
  })

  it.skipIf(process.platform === 'win32')('writes and resets on a UNIX socket too', async () => {
    const { transport, client, events } = await open(strategy, join(temporaryFolder(), 'x.sock'))
    const read = readAll(client)
    transport.write(Buffer.alloc(1000))
    await eventually(() => expect(client.bytesRead).toBe(1000))
    transport.reset()
    expect(await read).toBe(1000)
    await eventually(() => expect(events).toEqual(['close']))
  })
})
