import { describe, expect, it } from 'vitest'
import { BufferPool } from '../../../src/server/files/buffer-pool.ts'
import { readWhole, sendRange } from '../../../src/server/files/send-range.ts'
import { parseOne } from '../answers.ts'
import { FakeDisk } from '../fake-file-system.ts'
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
  const disk = new FakeDisk({ '/file': content })
  const buffers = new CountingBufferPool(2 * BUFFER_BYTES, BUFFER_BYTES, 4)
  const server = new FakeServer(wait)
  const wire = server.connect()
  wire.send(request)
  const exchange = server.exchanges[0]!
  const fd = await disk.open('/file')
  const state = { isSame: true }
  const send = async (range = { from: 0, to: content.length }): Promise<void> => {
    exchange.begin(200, [], range.to - range.from)
    if (
      await sendRange(exchange, fd, range, async () => state.isSame, { disk, buffers, clock: server.clock })
    )
      exchange.finish()
  }
  return { disk, buffers, wire, fd, send, state, server }
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
      const { wire, send, disk, buffers } = await asked(content)
      await send()
      expect(parseOne(wire.text).body).toBe(content)
      expect([buffers.out, disk.openCount]).toEqual([0, 1])
    },
  )

  it('sends a part of a file', async () => {
    const { wire, send } = await asked(LARGE)
    await send({ from: 10_000, to: 60_001 })
    expect(parseOne(wire.text).body).toBe(LARGE.slice(10_000, 60_001))
  })

  it('aborts the answer before its last bytes where they are of another version', async () => {
    const { wire, send, state, buffers } = await asked(LARGE)
    state.isSame = false
    await send()
    expect(wire.destroyed).toBe(true)
    expect(wire.text.length).toBeLessThan(LARGE.length)
    expect(buffers.out).toBe(0)
  })

  it('gives large buffers to a client that takes them at once, and small ones to one that does not', async () => {
    const { wire, send, buffers, server } = await asked(LARGE)
    wire.takesAtOnce = false
    const sent = send()
    for (const [n, ms] of [0, 500, 0].entries()) {
      await turn()
      expect(buffers.taken).toHaveLength(n + 1)
      server.advance(ms)
      wire.take()
    }
    await turn()
    wire.takesAtOnce = true
    while (buffers.out > 0) {
      wire.take()
      await turn()
    }
    await sent
    expect(buffers.taken.slice(0, 4)).toEqual(['small', 'large', 'small', 'large'])
  })

  it('sends a small file in one write', async () => {
    const { wire, send } = await asked('content')
    await send()
    expect(wire.packets).toHaveLength(1)
  })

  it('reads nothing for a client that asked for the head alone', async () => {
    const { wire, send, disk, buffers } = await asked(LARGE, requestOf('HEAD /file HTTP/1.1', ['Host: a']))
    await send()
    expect(parseOne(wire.text, 'HEAD').field('Content-Length')).toBe(String(LARGE.length))
    expect(disk.calls).not.toContain('read')
    expect(buffers.out).toBe(0)
  })

  it('reads the next part when the client has taken the last', async () => {
    const { wire, send, disk, buffers } = await asked(LARGE)
    wire.takesAtOnce = false
    const sent = send()
    await turn()
    expect(disk.calls.filter(call => call === 'read')).toHaveLength(1)
    wire.take()
    await turn()
    expect(disk.calls.filter(call => call === 'read')).toHaveLength(2)
    expect(buffers.out).toBe(1)
    while (buffers.out > 0) {
      wire.take()
      await turn()
    }
    await sent
    expect(parseOne(wire.text).body).toBe(LARGE)
  })

  it('sends the bytes that were announced of a file that has grown', async () => {
    const { wire, send, disk } = await asked('content')
    disk.put('/file', 'content and more')
    await send()
    expect(parseOne(wire.text).body).toBe('content')
  })

  it('aborts the answer for a file that has shrunk, and gives the buffer back', async () => {
    const { wire, send, disk, buffers } = await asked(LARGE)
    disk.put('/file', LARGE.slice(0, 30_000))
    await send()
    expect(wire.destroyed).toBe(true)
    expect(wire.text).toContain(LARGE.slice(0, 30_000))
    expect(buffers.out).toBe(0)
  })

  it('answers with 500 for a file that has become empty before any of it was sent', async () => {
    const { wire, send, disk, buffers } = await asked(LARGE)
    disk.put('/file', '')
    await send()
    expect(parseOne(wire.text).status).toBe(500)
    expect(buffers.out).toBe(0)
  })

  it('gives the buffer back, and says so, where reading fails', async () => {
    const { send, disk, buffers } = await asked(LARGE)
    disk.fail('read', 'EIO')
    await expect(send()).rejects.toThrow('EIO')
    expect(buffers.out).toBe(0)
  })

  it('stops reading when the client has gone, and gives the buffer back', async () => {
    const { wire, send, disk, buffers } = await asked(LARGE)
    wire.takesAtOnce = false
    const sent = send()
    await turn()
    wire.vanish()
    await sent
    expect(disk.calls.filter(call => call === 'read')).toHaveLength(1)
    expect(buffers.out).toBe(0)
  })

  it('stops when the client goes while it reads', async () => {
    const { wire, send, disk, buffers } = await asked(LARGE)
    disk.before = operation => {
      if (operation === 'read') wire.vanish()
    }
    await send()
    expect(disk.calls.filter(call => call === 'read')).toHaveLength(1)
    expect([buffers.out, wire.text]).toEqual([0, ''])
  })
})

describe('readWhole', () => {
  it('reads the first so many bytes', async () => {
    const { disk, fd } = await asked(LARGE)
    expect(Buffer.from((await readWhole(fd, 5000, disk))!).toString()).toBe(LARGE.slice(0, 5000))
    expect(await readWhole(fd, 0, disk)).toHaveLength(0)
  })

  it('goes on where one read gives less', async () => {
    const { disk, fd } = await asked(LARGE)
    const read = disk.read.bind(disk)
    disk.read = (fd, into, length, position) => read(fd, into, Math.min(length, 700), position)
    expect(Buffer.from((await readWhole(fd, 5000, disk))!).toString()).toBe(LARGE.slice(0, 5000))
  })

  it('gives nothing of a file that has shrunk', async () => {
    const { disk, fd } = await asked('content')
    expect(await readWhole(fd, 100, disk)).toBeUndefined()
  })
})
