import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { buffered, byByte, byLine } from '../../bench/read/file-readers.ts'
import { benchFiles, fileSteps } from '../../bench/read/files.ts'
import { CONNECTIONS, parseWrk, responseLength, runNodeClient } from '../../bench/read/load.ts'
import { streamBytewise } from '../../bench/read/strategies/stream-bytewise.ts'
import { unbuffered } from '../../bench/read/strategies/unbuffered.ts'
import { parseReadCalls, ReadCalls } from '../../bench/read/system-calls.ts'
import { eventually } from '../server/eventually.ts'
import { temporaryFolder } from '../server/temporary-folder.ts'
import { listen } from '../server/transport/behaviour.ts'

const { signal } = new AbortController()

describe.each([
  ['byByte', byByte],
  ['byLine', byLine],
  ['buffered, less than the file', buffered(4)],
  ['buffered, more than the file', buffered(1024)],
] as const)('%s', (_, read) => {
  const open = (text: string): number => {
    const descriptor = openSync(`${temporaryFolder({ 'a.txt': text })}/a.txt`, 'r')
    onTestFinished(() => closeSync(descriptor))
    return descriptor
  }

  it('reads lines and bytes', () => {
    expect(read(open('ab\n\nc\nd'), 7)).toEqual({ lines: 3, sum: 0x61 + 0x62 + 0x63 + 0x64 + 30 })
  })

  it('reads no more than the given number of bytes', () => {
    expect(read(open('ab\ncd\nef\n'), 5)).toEqual({ lines: 1, sum: 0x61 + 0x62 + 0x63 + 0x64 + 10 })
  })

  it('throws if the file is shorter', () => {
    expect(() => read(open('ab'), 3)).toThrow('shorter')
  })
})

describe('benchFiles', () => {
  it('measures all readers in alternation, as often as planned', async () => {
    let taken = 0
    const progress = { plan() {}, step: () => void taken++, say() {} }
    const options = { quick: true, rounds: 1, signal, progress }
    const { contenders, ratios } = await benchFiles(options)
    expect(taken).toBe(fileSteps(options).steps)
    expect(contenders.map(({ samples }) => samples.length)).toEqual([1, 1, 1, 1, 1, 1, 1])
    expect(ratios.map(({ denominator }) => denominator)).toEqual(
      new Array(6).fill('buffered, 8 KiB'),
    )
    const [slowest] = contenders
    expect(slowest!.name).toBe('unbuffered, by byte')
    // One for each byte, and those of the rest of this process.
    if (process.platform === 'linux')
      expect(Math.round(slowest!.extra!['system calls per KiB']!)).toBeGreaterThanOrEqual(1024)
  })
})

describe('parseReadCalls', () => {
  it('finds syscr', () => {
    expect(parseReadCalls('rchar: 1\nwchar: 2\nsyscr: 34\nsyscw: 5\n')).toBe(34)
    expect(() => parseReadCalls('rchar: 1\n')).toThrow('/proc/PID/io')
  })
})

describe('ReadCalls', () => {
  it('is undefined for a process that does not exist', () => {
    expect(ReadCalls.of(2 ** 30)).toBeUndefined()
  })
})

describe('parseWrk', () => {
  const outputWith = (line: string): string =>
    `Running 1s test\n  123 requests in 1.50s, 1.23MB read\n${line}Requests/sec: 82\n`

  it('finds the number of requests and the time', () => {
    expect(parseWrk(outputWith(''))).toEqual({ requests: 123, seconds: 1.5 })
  })

  it.each(['  Non-2xx or 3xx responses: 1\n', '  Socket errors: connect 0, read 1\n'])(
    'throws for %j',
    line => {
      expect(() => parseWrk(outputWith(line))).toThrow('no responses, or errors')
    },
  )

  it('throws if the output has no result', () => {
    expect(() => parseWrk('unable to connect')).toThrow('unable to connect')
  })
})

describe('lengthOf', () => {
  it('counts head and content', () => {
    expect(responseLength(Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc'))).toBe(41)
  })

  it('throws for errors, and without a Content-Length', () => {
    expect(() =>
      responseLength(Buffer.from('HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nabc')),
    ).toThrow('404')
    expect(() => responseLength(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'))).toThrow('200 OK')
  })
})

describe('ownLoad', () => {
  it('sends the next request after each response, on all connections', async () => {
    let requests = 0
    let connections = 0
    const server = createServer(socket => {
      connections++
      socket.on('data', () => {
        requests++
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n')
        setImmediate(() => socket.write('ab'))
      })
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const result = await runNodeClient(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 0.2, signal)
    expect(connections).toBe(CONNECTIONS)
    expect(result.requests).toBe(requests)
    expect(requests).toBeGreaterThan(CONNECTIONS)
    expect(result.seconds).toBeGreaterThanOrEqual(0.2)
  })
})

describe.each([
  ['unbuffered', unbuffered],
  ['stream-bytewise', streamBytewise],
] as const)('%s', (_, { accept }) => {
  it('delivers each byte separately, and the end', async () => {
    const { open } = await listen({ name: 'stream', accept })
    const { client, recorder } = await open()
    client.write('one, ')
    client.end('two')
    await eventually(() => expect(recorder.events).toContain('end'))
    expect(recorder.text).toBe('one, two')
    expect(recorder.sizes).toEqual(new Array(8).fill(1))
  })
})
