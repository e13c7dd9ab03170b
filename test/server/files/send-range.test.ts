import { describe, expect, it } from 'vitest'
import { BufferPool } from '../../../src/server/files/buffer-pool.ts'
import { nodeContentCoder } from '../../../src/server/files/content-coder.ts'
import { readWhole, sendRange } from '../../../src/server/files/send-range.ts'
import { parseOne } from '../answers.ts'
import { FakeFileSystem } from '../fake-file-system.ts'
import { FakeServer, get, requestOf, wait } from '../fake-server.ts'

const BUFFER_BYTES = 20_000
const LARGE = Array.from({ length: 10_000 }, (_, i) => `line ${i}\n`).join('')

class CountingBufferPool extends BufferPool {
  out = 0
  readonly taken: string[] = []

  override take(size: 'large' | 'small'): Uint8Array {
    this.out++
    this.taken.push(size)
    return super.take(size)
  }

  override give(buffer: Uint8Array): void {
    this.out--
    // Who still reads it reads nonsense.
    buffer.fill(0xdb)
    super.give(buffer)
  }
}

/** A client has asked for a file, which is open and has this content. */
async function asked(content: string, request = get('/file')) {
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

/** Lets all that is due happen. */
async function turn(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}

describe('sendRange', () => {
  it.each([0, 1, 16 * 1024, BUFFER_BYTES, BUFFER_BYTES + 1, 3 * BUFFER_BYTES])(
    'sends a file of %d bytes',
    async size => {
      const content = LARGE.slice(0, size)
      const { transport, send, fileSystem, buffers } = await asked(content)
      await send()
      expect(parseOne(transport.text).body).toBe(content)
      expect([buffers.out, fileSystem.openCount]).toEqual([0, 1])
    },
  )

  it('sends a part of a file', async () => {
    const { transport, send } = await asked(LARGE)
    await send({ from: 10_000, to: 60_001 })
    expect(parseOne(transport.text).body).toBe(LARGE.slice(10_000, 60_001))
  })

  it('aborts the answer before its last bytes where they are of another version', async () => {
    const { transport, send, state, buffers } = await asked(LARGE)
    state.isSame = false
    await send()
    expect(transport.destroyed).toBe(true)
    expect(transport.text.length).toBeLessThan(LARGE.length)
    expect(buffers.out).toBe(0)
  })

  it('gives large buffers to a client that takes them at once, and small ones to one that does not', async () => {
    const { transport, send, buffers, server } = await asked(LARGE)
    transport.takesAtOnce = false
    const sent = send()
    for (const [n, ms] of [0, 500, 0].entries()) {
      await turn()
      expect(buffers.taken).toHaveLength(n + 1)
      server.advance(ms)
      transport.take()
    }
    await turn()
    transport.takesAtOnce = true
    while (buffers.out > 0) {
      transport.take()
      await turn()
    }
    await sent
    expect(buffers.taken.slice(0, 4)).toEqual(['small', 'large', 'small', 'large'])
  })

  it('sends a small file in one write', async () => {
    const { transport, send } = await asked('content')
    await send()
    expect(transport.packets).toHaveLength(1)
  })

  it('reads nothing for a client that asked for the head alone', async () => {
    const { transport, send, fileSystem, buffers } = await asked(
      LARGE,
      requestOf('HEAD /file HTTP/1.1', ['Host: a']),
    )
    await send()
    expect(parseOne(transport.text, 'HEAD').field('Content-Length')).toBe(String(LARGE.length))
    expect(fileSystem.calls).not.toContain('read')
    expect(buffers.out).toBe(0)
  })

  it('reads the next part when the client has taken the last', async () => {
    const { transport, send, fileSystem, buffers } = await asked(LARGE)
    transport.takesAtOnce = false
    const sent = send()
    await turn()
    expect(fileSystem.calls.filter(call => call === 'read')).toHaveLength(1)
    transport.take()
    await turn()
    expect(fileSystem.calls.filter(call => call === 'read')).toHaveLength(2)
    expect(buffers.out).toBe(1)
    while (buffers.out > 0) {
      transport.take()
      await turn()
    }
    await sent
    expect(parseOne(transport.text).body).toBe(LARGE)
  })

  it('sends the bytes that were announced of a file that has grown', async () => {
    const { transport, send, fileSystem } = await asked('content')
    fileSystem.put('/file', 'content and more')
    await send()
    expect(parseOne(transport.text).body).toBe('content')
  })

  it('aborts the answer for a file that has shrunk, and gives the buffer back', async () => {
    const { transport, send, fileSystem, buffers } = await asked(LARGE)
    fileSystem.put('/file', LARGE.slice(0, 30_000))
    await send()
    expect(transport.destroyed).toBe(true)
    expect(transport.text).toContain(LARGE.slice(0, 30_000))
    expect(buffers.out).toBe(0)
  })

  it('answers with 500 for a file that has become empty before any of it was sent', async () => {
    const { transport, send, fileSystem, buffers } = await asked(LARGE)
    fileSystem.put('/file', '')
    await send()
    expect(parseOne(transport.text).status).toBe(500)
    expect(buffers.out).toBe(0)
  })

  it('gives the buffer back, and says so, where reading fails', async () => {
    const { send, fileSystem, buffers } = await asked(LARGE)
    fileSystem.fail('read', 'EIO')
    await expect(send()).rejects.toThrow('EIO')
    expect(buffers.out).toBe(0)
  })

  it('stops reading when the client has gone, and gives the buffer back', async () => {
    const { transport, send, fileSystem, buffers } = await asked(LARGE)
    transport.takesAtOnce = false
    const sent = send()
    await turn()
    transport.vanish()
    await sent
    expect(fileSystem.calls.filter(call => call === 'read')).toHaveLength(1)
    expect(buffers.out).toBe(0)
  })

  it('stops when the client goes while it reads', async () => {
    const { transport, send, fileSystem, buffers } = await asked(LARGE)
    fileSystem.before = operation => {
      if (operation === 'read') transport.vanish()
    }
    await send()
    expect(fileSystem.calls.filter(call => call === 'read')).toHaveLength(1)
    expect([buffers.out, transport.text]).toEqual([0, ''])
  })
})

describe('readWhole', () => {
  it('reads the first so many bytes', async () => {
    const { fileSystem, fd } = await asked(LARGE)
    expect(Buffer.from((await readWhole(fd, 5000, fileSystem))!).toString()).toBe(
      LARGE.slice(0, 5000),
    )
    expect(await readWhole(fd, 0, fileSystem)).toHaveLength(0)
  })

  it('goes on where one read gives less', async () => {
    const { fileSystem, fd } = await asked(LARGE)
    const read = fileSystem.read.bind(fileSystem)
    fileSystem.read = (fd, into, length, position) =>
      read(fd, into, Math.min(length, 700), position)
    expect(Buffer.from((await readWhole(fd, 5000, fileSystem))!).toString()).toBe(
      LARGE.slice(0, 5000),
    )
  })

  it('gives nothing of a file that has shrunk', async () => {
    const { fileSystem, fd } = await asked('content')
    expect(await readWhole(fd, 100, fileSystem)).toBeUndefined()
  })
})
