import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DirectWriter } from '../../../src/server/transport/direct-write.ts'
import { ACCEPT_OPTIONS } from '../../../src/server/transport/read-strategy.ts'
import { SocketTransport } from '../../../src/server/transport/socket-transport.ts'
import { eventually } from '../eventually.ts'
import { temporaryFolder } from '../temporary-folder.ts'

/** More than the kernel takes at once. */
const LARGE = 16 * 1024 * 1024

/** A wire on a real socket, what it tells, and its client, which reads nothing before it is resumed. */
async function open(direct?: DirectWriter, path?: string) {
  const server = createServer(ACCEPT_OPTIONS)
  if (path === undefined) server.listen(0, '127.0.0.1')
  else server.listen(path)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const place = path === undefined ? { port, host: '127.0.0.1' } : { path }
  const client = connect({ ...place, allowHalfOpen: true })
  client.on('error', () => {}).pause()
  const [socket] = (await once(server, 'connection')) as [Socket]
  onTestFinished(() => {
    client.destroy()
    socket.destroy()
    server.close()
  })
  const transport = new SocketTransport(socket, direct)
  const told: string[] = []
  transport.attach({
    onData() {},
    onEnd: () => told.push('finished'),
    onDrain: () => told.push('drained'),
    onClose: () => told.push('gone'),
  })
  socket.resume()
  return { transport, client, told, socket }
}

const bytesFrom = async (client: Socket): Promise<number> => {
  let bytes = 0
  client.on('data', data => {
    bytes += data.length
  })
  client.resume()
  await once(client, 'end', { signal: AbortSignal.timeout(5000) })
  return bytes
}

describe.each([
  ['by streams', undefined],
  ['directly', DirectWriter.create()!],
] as const)('SocketWire, %s', (_, direct) => {
  it('knows the client’s address, also when the client has gone', async () => {
    const { transport, client, told } = await open(direct)
    expect(transport.remoteAddress).toBe('127.0.0.1')
    client.resetAndDestroy()
    await eventually(() => expect(told).toContain('gone'))
    expect(transport.remoteAddress).toBe('127.0.0.1')
  })

  it('tells that the client has finished, and goes on writing', async () => {
    const { transport, client, told } = await open(direct)
    client.end()
    await eventually(() => expect(told).toEqual(['finished']))
    transport.write(Buffer.from('answer'))
    transport.end()
    expect(await bytesFrom(client)).toBe(6)
    await eventually(() => expect(told.at(-1)).toBe('gone'))
  })

  it('tells of a reset as of any client that has gone: once, last', async () => {
    const { transport, client, told } = await open(direct)
    transport.write(new Uint8Array(LARGE))
    client.resetAndDestroy()
    await eventually(() => expect(told).toContain('gone'))
    expect(told.filter(what => what === 'gone')).toHaveLength(1)
    expect(told.at(-1)).toBe('gone')
  })

  it('says of each write when it is done, once', async () => {
    const { transport, client } = await open(direct)
    const done: string[] = []
    transport.write(Buffer.from('a'), () => done.push('a'))
    transport.write(new Uint8Array(LARGE), () => done.push('b'))
    await eventually(() => expect(done).toEqual(['a']))
    client.resume()
    await eventually(() => expect(done).toEqual(['a', 'b']), 5000)
  })

  it('says so also of writes that are lost with the connection, and of those behind it', async () => {
    const { transport } = await open(direct)
    let done = 0
    for (let i = 0; i < 3; i++) transport.write(new Uint8Array(LARGE), () => done++)
    transport.destroy()
    transport.write(new Uint8Array(10), () => done++)
    await eventually(() => expect(done).toBe(4))
  })

  it('gathers what is written between cork and uncork', async () => {
    const { transport, client } = await open(direct)
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

  it('counts the bytes that the kernel has not taken, and tells when it has', async () => {
    const { transport, client, told } = await open(direct)
    transport.write(new Uint8Array(LARGE))
    expect(transport.queuedBytes).toBeGreaterThan(0)
    client.resume()
    await eventually(() => expect(told).toEqual(['drained']), 5000)
    expect(transport.queuedBytes).toBe(0)
  })

  it('counts what the kernel has taken, also within one large write', async () => {
    const { transport, client } = await open(direct)
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

  it('resets: the client cannot take what it has for the whole', async () => {
    const { transport, client, told } = await open(direct)
    transport.write(Buffer.from('some'))
    await eventually(() => expect(transport.queuedBytes).toBe(0))
    const error = once(client, 'error')
    client.resume()
    transport.reset()
    expect((await error)[0]).toMatchObject({ code: 'ECONNRESET' })
    await eventually(() => expect(told).toEqual(['gone']))
  })

  it('tells when the queue has emptied, also behind a FIN', async () => {
    const { transport, client, told } = await open(direct)
    transport.write(new Uint8Array(LARGE))
    transport.end()
    expect(await bytesFrom(client)).toBe(LARGE)
    await eventually(() => expect(told).toContain('drained'))
    expect(told).not.toContain('gone')
  })

  it('stops reading between pause() and resume()', async () => {
    const { transport, client, told } = await open(direct)
    transport.pause()
    client.end('some bytes')
    await new Promise(resolve => setTimeout(resolve, 30))
    expect(told).toEqual([])
    transport.resume()
    await eventually(() => expect(told).toEqual(['finished']))
  })

  it('keeps the order of all that is written, whatever was queued', async () => {
    const { transport, client, told } = await open(direct)
    const parts: Buffer[] = []
    const write = (bytes: Buffer, done?: () => void): void => {
      parts.push(bytes)
      transport.write(bytes, done)
    }
    write(Buffer.from('first '))
    expect(transport.queuedBytes).toBe(0)
    write(Buffer.alloc(LARGE, 'x'))
    expect(transport.queuedBytes).toBeGreaterThan(0)
    write(Buffer.from(' second'))
    const taken = new Promise<void>(done => write(Buffer.from(' third'), done))
    write(Buffer.from(' fourth'))
    transport.cork()
    write(Buffer.from(' fifth'))
    transport.uncork()
    expect(transport.queuedBytes).toBeLessThanOrEqual(
      parts.reduce((sum, { length }) => sum + length, 0),
    )
    const chunks: Buffer[] = []
    client.on('data', data => chunks.push(data)).resume()
    await taken
    await eventually(() => expect(transport.queuedBytes).toBe(0))
    expect(told).toContain('drained')
    transport.end()
    await once(client, 'end')
    expect(Buffer.concat(chunks).equals(Buffer.concat(parts))).toBe(true)
  })

  it('says that it is gone when the client resets with much queued, and takes writes quietly', async () => {
    const { transport, client, told } = await open(direct)
    for (let n = 0; n < 4; n++) transport.write(Buffer.alloc(LARGE))
    client.resetAndDestroy()
    await eventually(() => expect(told).toContain('gone'))
    transport.write(Buffer.from('late'))
    expect(told.filter(what => what === 'gone')).toHaveLength(1)
    expect(told.indexOf('drained')).toBe(-1)
  })

  it('can be destroyed with much queued', async () => {
    const { transport, told } = await open(direct)
    transport.write(Buffer.alloc(LARGE))
    transport.destroy()
    await eventually(() => expect(told).toEqual(['gone']))
    expect(transport.queuedBytes).toBe(0)
  })

  it('tells another what comes once it is handed over', async () => {
    const { transport, client, told } = await open(direct)
    transport.setHandler({
      onData() {},
      onEnd: () => told.push('finished, to another'),
      onDrain() {},
      onClose: () => told.push('gone, to another'),
    })
    client.end()
    await eventually(() => expect(told).toEqual(['finished, to another']))
    client.resetAndDestroy()
    transport.destroy()
    await eventually(() => expect(told).toEqual(['finished, to another', 'gone, to another']))
  })

  it.skipIf(process.platform === 'win32')(
    'writes, and breaks off, on a UNIX socket too',
    async () => {
      const { transport, client, told } = await open(direct, join(temporaryFolder(), 'x.sock'))
      const read = bytesFrom(client)
      transport.write(Buffer.alloc(1000))
      await eventually(() => expect(client.bytesRead).toBe(1000))
      transport.reset()
      expect(await read).toBe(1000)
      await eventually(() => expect(told).toEqual(['gone']))
    },
  )
})
