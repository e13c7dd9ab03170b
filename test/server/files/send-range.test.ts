import { describe, expect, it } from 'vitest'
import { BufferPool } from '../../../src/server/files/buffer-pool.ts'
import { nodeContentCoder } from '../../../src/server/files/content-coder.ts'
import { readWhole } from '../../../src/server/files/content-digest.ts'
import { FileAccess } from '../../../src/server/files/file-access.ts'
import { sendRange } from '../../../src/server/files/send-body.ts'
import { parseResponse } from '../../parse-responses.ts'
import { FakeFileSystem } from '../fake-file-system.ts'
import { FakeServer, get, requestOf, wait } from '../fake-server.ts'

const BUFFER_BYTES = 20_000
const LARGE = Array.from({ length: 10_000 }, (_, i) => `line ${i}\n`).join('')

class CountingBufferPool extends BufferPool {
  inUse = 0
  readonly takenSizes: string[] = []

  override take(size: 'large' | 'small'): Uint8Array {
    this.inUse++
    this.takenSizes.push(size)
    return super.take(size)
  }

  override give(buffer: Uint8Array): void {
    this.inUse--
    // A later read of the buffer would show.
    buffer.fill(0xdb)
    super.give(buffer)
  }
}

/** Returns the exchange of a request for an open file, and a function that sends a range of it. */
async function startExchange(content: string, request = get('/file')) {
  const fileSystem = new FakeFileSystem({ '/file': content })
  const buffers = new CountingBufferPool(2 * BUFFER_BYTES, BUFFER_BYTES, 4)
  const server = new FakeServer(wait)
  const transport = server.connect()
  transport.send(request)
  const exchange = server.exchanges[0]!
  const fd = await fileSystem.open('/file')
  const state = { isSame: true }
  const send = async (range = { from: 0, to: content.length }): Promise<void> => {
    exchange.begin(200, [], range.to - range.from)
    if (
      await sendRange(exchange, fd, range, async () => state.isSame, {
        coder: nodeContentCoder,
        fileSystem,
        buffers,
        clock: server.clock,
      })
    )
      exchange.end()
  }
  return { fileSystem, buffers, transport, fd, send, state, server }
}

/** Runs the microtasks that are due. */
async function runMicrotasks(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}

describe('sendRange', () => {
  it.each([0, 1, 16 * 1024, BUFFER_BYTES, BUFFER_BYTES + 1, 3 * BUFFER_BYTES])(
    'sends a file of %d bytes',
    async size => {
      const content = LARGE.slice(0, size)
      const { transport, send, fileSystem, buffers } = await startExchange(content)
      await send()
      expect(parseResponse(transport.text).text).toBe(content)
      expect([buffers.inUse, fileSystem.openCount]).toEqual([0, 1])
    },
  )

  it('sends a part of a file', async () => {
    const { transport, send } = await startExchange(LARGE)
    await send({ from: 10_000, to: 60_001 })
    expect(parseResponse(transport.text).text).toBe(LARGE.slice(10_000, 60_001))
  })

  it('aborts the response before its last bytes if the version has changed', async () => {
    const { transport, send, state, buffers } = await startExchange(LARGE)
    state.isSame = false
    await send()
    expect(transport.destroyed).toBe(true)
    expect(transport.text.length).toBeLessThan(LARGE.length)
    expect(buffers.inUse).toBe(0)
  })

  it('uses large buffers for a client that was fast for long, and small ones again for a slow one', async () => {
    const { transport, send, buffers, server } = await startExchange(LARGE.repeat(3))
    transport.acceptsAtOnce = false
    const sent = send()
    // The kernel accepts the first bytes at once, even for a slow client.
    for (const [n, ms] of [0, 0, 500].entries()) {
      await runMicrotasks()
      expect(buffers.takenSizes).toHaveLength(n + 1)
      server.advance(ms)
      transport.accept()
    }
    await runMicrotasks()
    while (buffers.inUse > 0) {
      transport.accept()
      await runMicrotasks()
    }
    await sent
    const sizes = ['small', 'small', 'large', 'small', 'small', 'large']
    expect(buffers.takenSizes.slice(0, 6)).toEqual(sizes)
  })

  it('sends a small file in one write', async () => {
    const { transport, send } = await startExchange('content')
    await send()
    expect(transport.packets).toHaveLength(1)
  })

  it('reads nothing for a HEAD', async () => {
    const { transport, send, fileSystem, buffers } = await startExchange(
      LARGE,
      requestOf('HEAD /file HTTP/1.1', ['Host: a']),
    )
    await send()
    expect(parseResponse(transport.text, 'HEAD').field('Content-Length')).toBe(String(LARGE.length))
    expect(fileSystem.calls).not.toContain('read')
    expect(buffers.inUse).toBe(0)
  })

  it('reads the next buffer when the client has accepted the last', async () => {
    const { transport, send, fileSystem, buffers } = await startExchange(LARGE)
    transport.acceptsAtOnce = false
    const sent = send()
    await runMicrotasks()
    expect(fileSystem.calls.filter(call => call === 'read')).toHaveLength(1)
    transport.accept()
    await runMicrotasks()
    expect(fileSystem.calls.filter(call => call === 'read')).toHaveLength(2)
    expect(buffers.inUse).toBe(1)
    while (buffers.inUse > 0) {
      transport.accept()
      await runMicrotasks()
    }
    await sent
    expect(parseResponse(transport.text).text).toBe(LARGE)
  })

  it('sends only the requested range of a file that has grown', async () => {
    const { transport, send, fileSystem } = await startExchange('content')
    fileSystem.put('/file', 'content and more')
    await send()
    expect(parseResponse(transport.text).text).toBe('content')
  })

  it('aborts the response for a file that has shrunk, and gives the buffer back', async () => {
    const { transport, send, fileSystem, buffers } = await startExchange(LARGE)
    fileSystem.put('/file', LARGE.slice(0, 30_000))
    await send()
    expect(transport.destroyed).toBe(true)
    expect(transport.text).toContain(LARGE.slice(0, 30_000))
    expect(buffers.inUse).toBe(0)
  })

  it('responds with 500 for a file that becomes empty before any of it is sent', async () => {
    const { transport, send, fileSystem, buffers } = await startExchange(LARGE)
    fileSystem.put('/file', '')
    await send()
    expect(parseResponse(transport.text).status).toBe(500)
    expect(buffers.inUse).toBe(0)
  })

  it('rejects if reading fails, and gives the buffer back', async () => {
    const { send, fileSystem, buffers } = await startExchange(LARGE)
    fileSystem.fail('read', 'EIO')
    await expect(send()).rejects.toThrow('EIO')
    expect(buffers.inUse).toBe(0)
  })

  it('stops reading if the client disconnects, and gives the buffer back', async () => {
    const { transport, send, fileSystem, buffers } = await startExchange(LARGE)
    transport.acceptsAtOnce = false
    const sent = send()
    await runMicrotasks()
    transport.vanish()
    await sent
    expect(fileSystem.calls.filter(call => call === 'read')).toHaveLength(1)
    expect(buffers.inUse).toBe(0)
  })

  it('stops if the client disconnects during a read', async () => {
    const { transport, send, fileSystem, buffers } = await startExchange(LARGE)
    fileSystem.before = operation => {
      if (operation === 'read') transport.vanish()
    }
    await send()
    expect(fileSystem.calls.filter(call => call === 'read')).toHaveLength(1)
    expect([buffers.inUse, transport.text]).toEqual([0, ''])
  })
})

describe('readWhole', () => {
  const startRead = async (content: string) => {
    const { fileSystem, fd } = await startExchange(content)
    const access = new FileAccess(fileSystem, undefined, false)
    const read = async (fd: number, size: number) => access.run(readWhole(fd, size))
    return { fileSystem, fd, read }
  }

  it('reads the first bytes of a file', async () => {
    const { fd, read } = await startRead(LARGE)
    expect(Buffer.from((await read(fd, 5000))!).toString()).toBe(LARGE.slice(0, 5000))
    expect(await read(fd, 0)).toHaveLength(0)
  })

  it('continues after short reads', async () => {
    const { fileSystem, fd, read } = await startRead(LARGE)
    const wholeRead = fileSystem.read.bind(fileSystem)
    fileSystem.read = (fd, into, length, position) =>
      wholeRead(fd, into, Math.min(length, 700), position)
    expect(Buffer.from((await read(fd, 5000))!).toString()).toBe(LARGE.slice(0, 5000))
  })

  it('returns undefined for a file that has shrunk', async () => {
    const { fd, read } = await startRead('content')
    expect(await read(fd, 100)).toBeUndefined()
  })
})
