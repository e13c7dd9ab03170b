import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { planMultipart } from '../../../src/response/multipart-ranges.ts'
import type { AssetBody } from '../../../src/response/response-plan.ts'
import type { ByteSource } from '../../../src/server/files/asset-store.ts'
import { BufferPool } from '../../../src/server/files/buffer-pool.ts'
import { nodeContentCoder } from '../../../src/server/files/content-coder.ts'
import { nodeFileSystem } from '../../../src/server/files/node-file-system.ts'
import { sendBody } from '../../../src/server/files/send-body.ts'
import { parseResponse } from '../../parse-responses.ts'
import { FakeClock } from '../fake-clock.ts'
import { systemError } from '../fake-file-system.ts'
import { FakeServer, get, requestOf, wait } from '../fake-server.ts'
import { SpiedFileSystem } from '../spied-file-system.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { rootOf } from './root-of.ts'

const BUFFER_BYTES = 20_000
const CONTENT = Array.from({ length: 10_000 }, (_, i) => `line ${i}\n`).join('')

type Setup = { readonly content?: string; readonly request?: string; readonly mayGrow?: boolean }

/** Returns the exchange of a request for the file `a`, and a function that sends its body. */
async function startExchange({
  content = CONTENT,
  request = get('/a'),
  mayGrow = false,
}: Setup = {}) {
  const folder = temporaryFolder({ a: content })
  const path = join(folder, 'a')
  const spy = new SpiedFileSystem()
  const root = await rootOf(folder, spy.fileSystem)
  const status = await nodeFileSystem.stat(path)
  const onDisk: ByteSource = { kind: 'disk', segments: ['a'], status, digest: 'd', mayGrow }
  /** The digests with which a file whose ctime changed was compared, and the result. */
  const compared = { digests: [] as string[], isSame: true }
  const inMemory: ByteSource = { kind: 'memory', bytes: Buffer.from(content) }
  const server = new FakeServer(wait)
  const transport = server.connect()
  transport.send(request)
  const exchange = server.exchanges[0]!
  const platform = {
    coder: nodeContentCoder,
    fileSystem: spy.fileSystem,
    clock: new FakeClock(),
    buffers: new BufferPool(BUFFER_BYTES, BUFFER_BYTES, 4),
    assets: {
      async hasContent(_root: unknown, _fd: number, _status: unknown, digest: string) {
        compared.digests.push(digest)
        return compared.isSame
      },
    },
  }
  const { buffers } = platform
  const send = (source: ByteSource, ...pieces: AssetBody['pieces']) => {
    const all = pieces.length > 0 ? pieces : [{ from: 0, to: content.length }]
    const length = all.reduce(
      (sum, one) => sum + (one instanceof Uint8Array ? one.length : one.to - one.from),
      0,
    )
    return root.run(
      sendBody(
        exchange,
        { status: 200, fields: [], body: { coding: 'identity', pieces: all, length } },
        source,
        root,
        platform,
      ),
    )
  }
  // Some file systems have timestamps of only 10 ms.
  await setTimeout(20)
  return { folder, path, spy, transport, onDisk, inMemory, send, exchange, buffers, compared }
}

const SENT = { kind: 'sent' }
const CHANGED = { kind: 'changed' }

function replace(path: string, content: string): void {
  writeFileSync(`${path}.new`, content)
  renameSync(`${path}.new`, path)
}

describe('sendBody', () => {
  it.each(['onDisk', 'inMemory'] as const)(
    'sends a whole file, a part of it, and no bytes of it: %s',
    async location => {
      for (const range of [
        { from: 0, to: CONTENT.length },
        { from: 30_001, to: 70_002 },
        { from: CONTENT.length - 1, to: CONTENT.length },
        { from: 0, to: 0 },
      ]) {
        const setup = await startExchange()
        expect(await setup.send(setup[location], range)).toEqual(SENT)
        expect(parseResponse(setup.transport.text).text).toBe(CONTENT.slice(range.from, range.to))
        expect(setup.spy.open.size).toBe(0)
      }
    },
  )

  it.each(['onDisk', 'inMemory'] as const)(
    'sends the part heads between ranges: %s',
    async location => {
      const ranges = [
        { from: 50_000, to: 80_000 },
        { from: 0, to: 1 },
        { from: 100, to: 30_000 },
      ]
      const { parts, end } = planMultipart(ranges, CONTENT.length, 'text/plain', 'B')
      const setup = await startExchange()
      await setup.send(setup[location], ...parts.flatMap(({ head, range }) => [head, range]), end)
      const expected = ranges.map(({ from, to }) =>
        [
          '--B',
          'Content-Type: text/plain',
          `Content-Range: bytes ${from}-${to - 1}/${CONTENT.length}`,
          '',
          CONTENT.slice(from, to),
          '',
        ].join('\r\n'),
      )
      expect(parseResponse(setup.transport.text).text).toBe(`\r\n${expected.join('')}--B--\r\n`)
      expect(setup.spy.open.size).toBe(0)
    },
  )

  it('counts the bytes in memory that a client has not accepted', async () => {
    const { transport, inMemory, send, buffers } = await startExchange()
    transport.acceptsAtOnce = false
    expect(await send(inMemory)).toEqual(SENT)
    expect(buffers.heldBytes).toBe(CONTENT.length)
    transport.acceptsAtOnce = true
    transport.accept()
    await setTimeout(0)
    expect([buffers.heldBytes, parseResponse(transport.text).text]).toEqual([0, CONTENT])
  })

  it('counts no longer what a client held that disconnects', async () => {
    const { transport, inMemory, send, buffers } = await startExchange()
    transport.acceptsAtOnce = false
    expect(await send(inMemory)).toEqual(SENT)
    transport.vanish()
    await setTimeout(0)
    expect(buffers.heldBytes).toBe(0)
  })

  it('opens no file if the bytes are in memory', async () => {
    const { send, inMemory, spy } = await startExchange()
    await send(inMemory)
    expect(spy.opened).toEqual([])
  })

  it.each(['onDisk', 'inMemory'] as const)(
    'opens no file for a HEAD, and still sends the length: %s',
    async location => {
      const setup = await startExchange({ request: requestOf('HEAD /a HTTP/1.1', ['Host: a']) })
      expect(await setup.send(setup[location])).toEqual(SENT)
      const response = parseResponse(setup.transport.text, 'HEAD')
      expect([response.status, response.field('Content-Length')]).toEqual([
        200,
        String(CONTENT.length),
      ])
      expect(setup.spy.opened).toEqual([])
    },
  )

  it.each<[string, (path: string) => void]>([
    ['written', path => writeFileSync(path, CONTENT.toUpperCase())],
    ['replaced', path => replace(path, CONTENT)],
    ['longer', path => appendFileSync(path, 'x')],
    ['shorter', path => truncateSync(path, 100)],
    ['removed', path => rmSync(path)],
    [
      'a folder',
      path => {
        rmSync(path)
        mkdirSync(path)
      },
    ],
    [
      'a link out of the root',
      path => {
        rmSync(path)
        symlinkSync('/etc/passwd', path)
      },
    ],
  ])('sends nothing of a file that is %s before it is opened', async (_, change) => {
    for (const mayGrow of [false, true]) {
      const { path, send, onDisk, transport, spy } = await startExchange({ mayGrow })
      change(path)
      expect(await send(onDisk)).toEqual(CHANGED)
      expect([transport.text, spy.open.size]).toEqual(['', 0])
    }
  })

  it.each([
    ['EACCES', 'forbidden'],
    ['EMFILE', 'busy'],
  ])('returns why a file cannot be opened: %s', async (code, kind) => {
    const { send, onDisk, transport, spy } = await startExchange()
    spy.beforeOpen = () => Promise.reject(systemError(code))
    expect(await send(onDisk)).toEqual({ kind })
    expect(transport.text).toBe('')
  })

  it.each<[string, (path: string) => unknown]>([
    ['is written', path => writeFileSync(path, CONTENT.toUpperCase())],
    ['shrinks', path => truncateSync(path, 50_000)],
    ['grows', path => appendFileSync(path, 'x')],
    [
      'is written and then removed',
      path => [writeFileSync(path, CONTENT.toUpperCase()), rmSync(path)],
    ],
  ])('aborts the response, without padding, if the file %s while it is sent', async (_, change) => {
    const { path, send, onDisk, transport, spy } = await startExchange()
    spy.beforeRead = position => position === 40_000 && change(path)
    await send(onDisk)
    expect(transport.destroyed).toBe(true)
    const bodyBytes = transport.text.length - transport.text.indexOf('\r\n\r\n') - 4
    expect(bodyBytes).toBeLessThan(CONTENT.length)
    expect(spy.open.size).toBe(0)
  })

  it.each<[string, (path: string) => void]>([
    ['replaced', path => replace(path, 'new')],
    ['removed', path => rmSync(path)],
  ])('sends the whole of a file that is %s while it is sent', async (_, change) => {
    const { path, send, onDisk, transport, spy } = await startExchange()
    spy.beforeRead = position => position === 40_000 && change(path)
    await send(onDisk)
    expect(parseResponse(transport.text).text).toBe(CONTENT)
    expect(spy.open.size).toBe(0)
  })

  it.each<[string, (path: string) => void]>([
    ['linked', path => linkSync(path, `${path}2`)],
    ['renamed', path => renameSync(path, `${path}2`)],
    ['given another mode', path => chmodSync(path, 0o600)],
  ])('compares the content of a file that is %s while it is sent', async (_, change) => {
    for (const isSame of [true, false]) {
      const { path, send, onDisk, transport, spy, compared } = await startExchange()
      compared.isSame = isSame
      spy.beforeRead = position => position === 40_000 && change(path)
      await send(onDisk)
      expect(compared.digests).toEqual(['d'])
      expect(transport.destroyed).toBe(!isSame)
      if (isSame) expect(parseResponse(transport.text).text).toBe(CONTENT)
      expect(spy.open.size).toBe(0)
    }
  })

  it('compares nothing of a file that is written while it is sent: it has changed', async () => {
    const { path, send, onDisk, transport, spy, compared } = await startExchange()
    spy.beforeRead = position => position === 40_000 && writeFileSync(path, CONTENT)
    await send(onDisk)
    expect([compared.digests, transport.destroyed]).toEqual([[], true])
  })

  it('sends Content-Length bytes of a file that grows, and aborts if it shrinks', async () => {
    const growing = await startExchange({ mayGrow: true })
    growing.spy.beforeRead = position => position === 40_000 && appendFileSync(growing.path, 'more')
    await growing.send(growing.onDisk)
    expect(parseResponse(growing.transport.text).text).toBe(CONTENT)

    const shrinking = await startExchange({ mayGrow: true })
    shrinking.spy.beforeRead = position => position === 40_000 && truncateSync(shrinking.path, 10)
    await shrinking.send(shrinking.onDisk)
    expect(shrinking.transport.destroyed).toBe(true)
    expect([growing.spy.open.size, shrinking.spy.open.size]).toEqual([0, 0])
  })

  it('aborts a response of several ranges before the bytes of another version', async () => {
    const { path, send, onDisk, transport, spy } = await startExchange()
    spy.beforeRead = position => position === 50_000 && writeFileSync(path, CONTENT.toUpperCase())
    const marks = ['|first|', '|second|'].map(text => Buffer.from(text))
    await send(onDisk, marks[0]!, { from: 0, to: 10 }, marks[1]!, { from: 50_000, to: 50_010 })
    expect(transport.destroyed).toBe(true)
    expect(transport.text.slice(transport.text.indexOf('|'))).toBe(`|first|${CONTENT.slice(0, 10)}`)
    expect(spy.open.size).toBe(0)
  })

  it('stops reading if the client disconnects, and closes the file', async () => {
    const { send, onDisk, spy, transport } = await startExchange()
    spy.beforeRead = position => position === 20_000 && transport.vanish()
    expect(await send(onDisk)).toEqual(SENT)
    expect(spy.open.size).toBe(0)
  })

  it('stops between ranges if the client disconnects', async () => {
    const { send, onDisk, spy, transport } = await startExchange()
    const reads: number[] = []
    spy.beforeRead = position => {
      reads.push(position)
      transport.vanish()
    }
    await send(
      onDisk,
      { from: 0, to: 10 },
      Buffer.from('|'),
      { from: 50, to: 60 },
      Buffer.from('|'),
    )
    expect([reads, spy.open.size]).toEqual([[0], 0])
  })

  it('rejects if reading fails, and closes the file', async () => {
    const { send, onDisk, spy } = await startExchange()
    spy.beforeRead = () => Promise.reject(systemError('EIO'))
    await expect(send(onDisk)).rejects.toThrow('EIO')
    expect(spy.open.size).toBe(0)
  })
})
