import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FIN, RawClient } from '../raw-client.ts'
import { get, post } from './request-bytes.ts'
import { RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const SLEEP_MS = 200
const UPLOAD_BYTES_MAX = 100_000
const DISCARD_BYTES_MAX = 64 * 1024

describe.each(['raw', 'shared-buffer', 'stream'])('connections, read with %s', strategy => {
  let folder: TemporaryFolder
  let server: RunningServer

  beforeAll(async () => {
    folder = new TemporaryFolder({
      'index.html': '<!doctype html>',
      'a.txt': 'a',
      'b.txt': 'b'.repeat(3000),
    })
    server = await RunningServer.start([
      folder.path,
      `--read-strategy=${strategy}`,
      '--endpoints=echo,sleep,files',
      `--sleep-ms=${SLEEP_MS}`,
      `--upload-bytes-max=${UPLOAD_BYTES_MAX}`,
    ])
  })
  afterAll(async () => {
    await server?.kill()
    folder.remove()
  })

  const connect = (): Promise<RawClient> => RawClient.connect(server.port)

  it('uses the read strategy of the flag', async () => {
    expect((await server.logged(/^listening$/)).readStrategy).toBe(strategy)
  })

  describe('persistence', () => {
    it('a connection is kept by default in HTTP/1.1', async () => {
      const client = await connect()
      for (let n = 0; n < 20; n++) {
        const response = await client.request(get(`/echo/${n}`))
        expect([response.status, response.text, response.field('connection')]).toEqual([
          200,
          String(n),
          undefined,
        ])
      }
      expect(client.isOver).toBe(false)
    })

    it('several connections are kept at the same time', async () => {
      const clients = await Promise.all(Array.from({ length: 10 }, connect))
      for (let round = 0; round < 5; round++)
        for (const [n, client] of clients.entries())
          expect((await client.request(get(`/echo/${n}-${round}`))).text).toBe(`${n}-${round}`)
    })

    it('a connection is kept after an error of the resource', async () => {
      const client = await connect()
      const statuses: number[] = []
      for (const request of [
        get('/nothing'),
        post('/a.txt'),
        get('/echo/%zz'),
        get('/..'),
        get('/a.txt'),
      ])
        statuses.push((await client.request(request)).status)
      expect(statuses).toEqual([404, 405, 400, 400, 200])
    })

    it.each(['close', 'Close', 'keep-alive, close', 'x, close'])(
      'Connection: %s closes the connection',
      async value => {
        const client = await connect()
        const response = await client.request(
          get('/echo/a', `Connection: ${value}`) + get('/echo/b'),
        )
        expect([response.text, response.field('connection')]).toEqual(['a', 'close'])
        expect(await client.ending()).toEqual(FIN)
      },
    )

    it('HTTP/1.0 closes the connection', async () => {
      const client = await connect()
      const response = await client.request('GET /echo/a HTTP/1.0\r\n\r\n')
      expect([response.version, response.text, response.field('connection')]).toEqual([
        '1.1',
        'a',
        'close',
      ])
      expect(await client.ending()).toEqual(FIN)
    })

    it('HTTP/1.0 with keep-alive keeps the connection, and the response says so', async () => {
      const client = await connect()
      for (let n = 0; n < 3; n++) {
        const response = await client.request(
          `GET /echo/${n} HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n`,
        )
        expect([response.text, response.field('connection')]).toEqual([String(n), 'keep-alive'])
      }
      const last = await client.request('GET /echo/last HTTP/1.0\r\n\r\n')
      expect([last.text, last.field('connection')]).toEqual(['last', 'close'])
      expect(await client.ending()).toEqual(FIN)
    })

    it('HTTP/1.0 with keep-alive and close closes the connection', async () => {
      const client = await connect()
      const response = await client.request(
        'GET /a.txt HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n',
      )
      expect(response.field('connection')).toBe('close')
      expect(await client.ending()).toEqual(FIN)
    })

    it('HTTP/1.2 is read as 1.1', async () => {
      const client = await connect()
      const response = await client.request('GET /echo/a HTTP/1.2\r\nHost: a\r\n\r\n')
      expect([response.version, response.status, response.field('connection')]).toEqual([
        '1.1',
        200,
        undefined,
      ])
    })

    it('every response has a date', async () => {
      const client = await connect()
      for (const request of [get('/a.txt'), get('/nothing'), get('/echo/a'), 'GET\r\n\r\n']) {
        const date = (await client.request(request)).field('date')!
        expect(date).toBe(new Date(date).toUTCString())
      }
    })

    it('a client that resets does not affect others', async () => {
      const steady = await connect()
      for (let n = 0; n < 20; n++) {
        const client = await connect()
        await client.sent(get('/b.txt') + get('/sleep') + get('/echo/a').slice(0, n * 2))
        client.reset()
      }
      expect((await steady.request(get('/echo/steady'))).text).toBe('steady')
    })
  })

  describe('pipelining', () => {
    type Expected = readonly [status: number, body: string]
    const requests: string[] = []
    const expected: Expected[] = []
    const add = (request: string, ...response: Expected): void => {
      requests.push(request)
      expected.push(response)
    }
    for (let n = 0; n < 10; n++) {
      add(get(`/echo/request-${n}`), 200, `request-${n}`)
      add(get('/a.txt', 'User-Agent: one', 'Accept: */*'), 200, 'a')
      add(get(`/nothing-${n}`), 404, '404 Not Found\n')
      add(`${post(`/echo/${n}`, 'Content-Length: 5')}GET /`, 405, '405 Method Not Allowed\n')
      add(
        `${get('/b.txt', 'Transfer-Encoding: chunked')}5;a=b\r\n0\r\n\r\n\r\n0\r\nA: b\r\n\r\n`,
        200,
        'b'.repeat(3000),
      )
    }
    const wire = requests.join('')
    const responsesTo = async (client: RawClient, count: number): Promise<Expected[]> =>
      (await client.responses(count)).map(({ status, text }) => [status, text] as const)

    it('50 requests in one write get their responses in order', async () => {
      const client = await connect()
      client.send(wire)
      expect(await responsesTo(client, 50)).toEqual(expected)
    })

    it('50 requests split in two at any place', async () => {
      // After each byte of a request, around the end of each kind, and then at intervals.
      const places = new Set<number>()
      for (let at = 1; at < requests[0]!.length; at++) places.add(at)
      for (let n = 1; n <= 6; n++) {
        const end = requests.slice(0, n).join('').length
        for (let at = end - 5; at < end + 3; at++) places.add(at)
      }
      for (let at = 500; at < wire.length; at += 411) places.add(at)
      for (const place of places) {
        const client = await connect()
        await client.sent(wire.slice(0, place))
        // Responses to complete requests in the first part arrive before the second is sent.
        let complete = 0
        for (
          let end = requests[0]!.length;
          end <= place;
          end += requests[complete]?.length ?? wire.length
        )
          complete++
        expect(await responsesTo(client, complete), `split at ${place}`).toEqual(
          expected.slice(0, complete),
        )
        client.send(wire.slice(place))
        expect(await responsesTo(client, 50 - complete), `split at ${place}`).toEqual(
          expected.slice(complete),
        )
        client.destroy()
      }
      expect(places.size).toBeGreaterThan(80)
    })

    it('50 requests byte by byte', async () => {
      const client = await connect()
      for (const byte of wire) await client.sent(byte)
      expect(await responsesTo(client, 50)).toEqual(expected)
    })

    it('an empty line is allowed before a request', async () => {
      const client = await connect()
      client.send(`\r\n${get('/echo/a')}\r\n${get('/echo/b')}`)
      expect(await responsesTo(client, 2)).toEqual([
        [200, 'a'],
        [200, 'b'],
      ])
    })

    it('requests behind /sleep wait for it', async () => {
      const client = await connect()
      await client.sent(get('/echo/before') + get('/sleep') + get('/echo/behind') + get('/b.txt'))
      expect(await responsesTo(client, 1)).toEqual([[200, 'before']])
      await client.sent(get('/echo/later'))
      expect(client.received).toBe('')
      expect(await responsesTo(client, 4)).toEqual([
        [200, '200 OK\n'],
        [200, 'behind'],
        [200, 'b'.repeat(3000)],
        [200, 'later'],
      ])
    })

    it('2000 requests behind /sleep get their responses', async () => {
      const client = await connect()
      const count = 2000
      client.send(
        get('/sleep') + Array.from({ length: count }, (_, n) => get(`/echo/${n}`)).join(''),
      )
      const [, ...responses] = await client.responses(count + 1)
      expect(responses.map(({ text }) => text)).toEqual(
        Array.from({ length: count }, (_, n) => String(n)),
      )
    })

    it('a client that reads only after it has sent everything gets every response', async () => {
      const client = (await connect()).pause()
      const count = 1500
      client.send(Array.from({ length: count }, (_, n) => get(`/b.txt?${n}`)).join(''))
      // Meanwhile another client gets its responses.
      const other = await connect()
      for (let n = 0; n < 20; n++)
        expect((await other.request(get(`/echo/${n}`))).text).toBe(String(n))
      client.resume()
      const responses = await client.responses(count)
      expect(responses.filter(({ text }) => text === 'b'.repeat(3000)).length).toBe(count)
    })

    it('requests behind one with Connection: close get no response', async () => {
      const client = await connect()
      client.send(get('/echo/a') + get('/echo/b', 'Connection: close') + get('/echo/c').repeat(20))
      expect(await responsesTo(client, 2)).toEqual([
        [200, 'a'],
        [200, 'b'],
      ])
      expect(await client.ending()).toEqual(FIN)
    })

    it('a malformed request behind valid ones is refused after their responses', async () => {
      const client = await connect()
      client.send(`${get('/echo/a')}${get('/sleep')}GET /echo/b\r\n\r\n`)
      expect((await client.responses(3)).map(({ status }) => status)).toEqual([200, 200, 400])
      expect(await client.ending()).toEqual(FIN)
    })

    it('the response to a pipelined HEAD has no body', async () => {
      const client = await connect()
      client.send(get('/b.txt').replace('GET', 'HEAD') + get('/a.txt'))
      expect((await client.response('HEAD')).field('content-length')).toBe('3000')
      expect((await client.response()).text).toBe('a')
    })
  })

  describe('a client that sends all of 100 MB before it reads', () => {
    const MEGABYTE = new Uint8Array(1_000_000)
    const length = `Content-Length: ${100 * MEGABYTE.length}`

    it.each([
      ['a method that is not allowed', 405, () => post('/a.txt', length)],
      ['an upload that is too large', 413, () => post('/files/large', length)],
      [
        'a chunk that is too large',
        413,
        () => `${post('/files/large', 'Transfer-Encoding: chunked')}5f5e100\r\n`,
      ],
      ['a malformed request', 400, () => post('/a.txt', length, 'X : a')],
    ] as const)('gets the response to %s, a %d', async (_, status, head) => {
      const before = server.residentBytes
      const client = (await connect()).pause()
      await client.sent(head())
      for (let n = 0; n < 100; n++) await client.sent(MEGABYTE)
      client.resume()
      const response = await client.response()
      expect([response.status, response.field('connection')]).toEqual([status, 'close'])
      expect([await client.ending(), client.error]).toEqual([FIN, undefined])
      expect(server.residentBytes - before).toBeLessThan(64_000_000)
    })
  })

  describe('a half-closed client', () => {
    it.each(['/echo/a', '/a.txt', '/sleep', '/b.txt'])('gets its response: %s', async target => {
      const client = await connect()
      client.send(get(target)).halfClose()
      expect((await client.response()).status).toBe(200)
      expect(await client.ending()).toEqual(FIN)
      await client.closed()
      expect(client.error).toBeUndefined()
    })

    it('gets the responses to all its requests', async () => {
      const client = await connect()
      client.send(get('/echo/a') + get('/sleep') + get('/b.txt') + get('/echo/d')).halfClose()
      const responses = await client.responses(4)
      expect(responses.map(({ text }) => text)).toEqual(['a', '200 OK\n', 'b'.repeat(3000), 'd'])
      expect(await client.ending()).toEqual(FIN)
    })

    it('gets the response to its upload', async () => {
      const client = await connect()
      client.send(`${post('/files/half.txt', 'Content-Length: 3')}abc`).halfClose()
      expect((await client.response('POST')).status).toBe(201)
      expect(await client.ending()).toEqual(FIN)
    })

    it('gets no response without a request', async () => {
      const client = (await connect()).halfClose()
      expect(await client.ending()).toEqual(FIN)
    })

    it.each([
      ['the request line', 'GET / HT'],
      ['the fields', 'GET / HTTP/1.1\r\nHost: a\r\n'],
      ['the content of an upload', `${post('/files/never.txt', 'Content-Length: 9')}abc`],
    ])('gets a 400 if it half-closes within %s', async (_, sent) => {
      const client = await connect()
      const response = await client.send(sent).halfClose().response('POST')
      expect([response.status, response.field('connection')]).toEqual([400, 'close'])
      expect(response.text).toContain('unexpected-end: ')
      expect(await client.ending()).toEqual(FIN)
    })
  })

  describe('Expect', () => {
    it('100-continue: 100, and 201 after the content', async () => {
      const client = await connect()
      client.send(post('/files/expected.txt', 'Expect: 100-continue', 'Content-Length: 3'))
      const interim = await client.response('POST')
      expect([interim.status, interim.fields.length]).toEqual([100, 0])
      client.send('abc')
      expect((await client.response('POST')).status).toBe(201)
      expect(readFileSync(join(folder.path, 'expected.txt'), 'utf8')).toBe('abc')
      expect((await client.request(get('/echo/next'))).text).toBe('next')
    })

    it('100-Continue, chunked', async () => {
      const client = await connect()
      client.send(
        post('/files/expected2.txt', 'Expect: 100-Continue', 'Transfer-Encoding: chunked'),
      )
      expect((await client.response('POST')).status).toBe(100)
      client.send('3\r\nabc\r\n0\r\n\r\n')
      expect((await client.response('POST')).status).toBe(201)
    })

    it.each([
      ['too much', '/files/refused.txt', 200_000, 413],
      ['into a missing folder', '/files/missing/a.txt', 3, 404],
      ['to a resource without uploads', '/a.txt', 3, 405],
    ])(
      '100-continue with an upload that is refused, %s, gets no 100 and closes',
      async (_, target, length, status) => {
        const client = await connect()
        const response = await client.request(
          post(target, 'Expect: 100-continue', `Content-Length: ${length}`),
          'POST',
        )
        expect([response.status, response.field('connection')]).toEqual([status, 'close'])
        expect(await client.ending()).toEqual(FIN)
      },
    )

    it.each(['something-else', '100-continue, x', '200-ok'])(
      '%s is a 417 and closes',
      async expectation => {
        const client = await connect()
        const response = await client.request(
          get('/a.txt', `Expect: ${expectation}`) + get('/a.txt'),
        )
        expect([response.status, response.field('connection')]).toEqual([417, 'close'])
        expect(await client.ending()).toEqual(FIN)
      },
    )

    it('every expectation is ignored in HTTP/1.0', async () => {
      const upload = await connect()
      upload.send(
        'POST /files/old.txt HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc',
      )
      expect((await upload.response('POST')).status).toBe(201)
      const other = await connect()
      expect((await other.request('GET /a.txt HTTP/1.0\r\nExpect: else\r\n\r\n')).status).toBe(200)
    })

    it('100-continue without content is ignored', async () => {
      const client = await connect()
      expect((await client.request(get('/a.txt', 'Expect: 100-continue'))).status).toBe(200)
    })
  })

  describe('content that no endpoint reads', () => {
    it.each([1, 1000, DISCARD_BYTES_MAX])(
      '%i bytes are discarded, and the connection is kept',
      async length => {
        const client = await connect()
        const response = await client.request(
          get('/echo/a', `Content-Length: ${length}`) + 'x'.repeat(length) + get('/echo/b'),
        )
        expect([response.text, response.field('connection')]).toEqual(['a', undefined])
        expect((await client.response()).text).toBe('b')
      },
    )

    it('is discarded if it arrives after the response', async () => {
      const client = await connect()
      expect((await client.request(get('/echo/a', 'Content-Length: 1000'))).text).toBe('a')
      await client.sent('x'.repeat(999))
      client.send(`x${get('/echo/b')}`)
      expect((await client.response()).text).toBe('b')
    })

    it('is discarded if it is chunked, too', async () => {
      const client = await connect()
      const chunks = `400\r\n${'x'.repeat(1024)}\r\n`.repeat(20)
      client.send(
        `${get('/echo/a', 'Transfer-Encoding: chunked')}${chunks}0\r\n\r\n${get('/echo/b')}`,
      )
      expect((await client.responses(2)).map(({ text }) => text)).toEqual(['a', 'b'])
    })

    it('of more bytes closes the connection', async () => {
      const client = await connect()
      const response = await client.request(
        get('/echo/a', `Content-Length: ${DISCARD_BYTES_MAX + 1}`),
      )
      expect([response.text, response.field('connection')]).toEqual(['a', 'close'])
      expect(await client.ending()).toEqual(FIN)
    })

    it('in endless chunks closes the connection', async () => {
      const client = await connect()
      client.send(get('/echo/a', 'Transfer-Encoding: chunked'))
      expect((await client.response()).text).toBe('a')
      client.send(`400\r\n${'x'.repeat(1024)}\r\n`.repeat(65))
      expect(await client.ending()).toEqual(FIN)
    })
  })

  describe('a lingering close', () => {
    it('gives a client that is still sending the complete response, and no reset', async () => {
      const client = await connect()
      // The client does not read before it has sent, as many clients do.
      client
        .pause()
        .send(`${post('/files/large.txt', 'Content-Length: 10000000')}${'x'.repeat(30_000)}`)
      for (let n = 0; n < 10; n++) await client.sent('x'.repeat(2000))
      const response = await client.resume().response('POST')
      expect([response.status, response.field('connection')]).toEqual([413, 'close'])
      expect(await client.ending()).toEqual(FIN)
      // The server has sent FIN by now, and must not send RST for bytes that arrive later.
      for (let n = 0; n < 5; n++) await client.sent('x'.repeat(1000))
      client.halfClose()
      await client.closed()
      expect(client.error).toBeUndefined()
    })

    it('discards requests behind the last one, and does not reset', async () => {
      const client = await connect()
      client.send(`GET / HTTP/1.1\r\n\r\n${get('/echo/a').repeat(500)}`)
      expect((await client.response()).status).toBe(400)
      expect(await client.ending()).toEqual(FIN)
      for (let n = 0; n < 20; n++) await client.sent(get('/echo/a'))
      client.halfClose()
      await client.closed()
      expect(client.error).toBeUndefined()
      expect(client.received).toBe('')
    })
  })

  describe('one client never sees the bytes of another', () => {
    const CLIENTS = 200

    it('with 200 clients whose requests are split and interleaved', {
      timeout: 30_000,
    }, async () => {
      const clients = await Promise.all(Array.from({ length: CLIENTS }, connect))
      for (let round = 0; round < 5; round++) {
        const texts = clients.map(
          (_, n) => `client-${n}-round-${round}-${randomBytes(300).toString('hex')}`,
        )
        const requests = texts.map((text, n) =>
          n % 3 === 0
            ? get(`/echo/${text}`)
            : get(`/echo/${text}`, `X-Pad: ${'p'.repeat((n * 37) % 2000)}`, `X-Own: ${text}`),
        )
        // All first parts arrive before the first second part.
        const cuts = requests.map(
          (request, n) => 1 + ((n * 7919 + round * 104_729) % (request.length - 1)),
        )
        await Promise.all(clients.map((client, n) => client.sent(requests[n]!.slice(0, cuts[n]))))
        for (const [n, client] of clients.entries()) client.send(requests[n]!.slice(cuts[n]))
        const responses = await Promise.all(clients.map(client => client.response()))
        expect(responses.map(({ text }) => text)).toEqual(texts)
      }
    })

    it('with 200 clients whose responses are pending while others overwrite the read buffer', {
      timeout: 30_000,
    }, async () => {
      const clients = await Promise.all(Array.from({ length: CLIENTS }, connect))
      const texts = clients.map((_, n) => `waiting-${n}-${randomBytes(100).toString('hex')}`)
      // Each has two requests behind /sleep, the second of them incomplete.
      await Promise.all(
        clients.map((client, n) =>
          client.sent(
            get('/sleep') + get(`/echo/${texts[n]}`) + get(`/echo/${texts[n]}-2`).slice(0, 60),
          ),
        ),
      )
      const noise = await connect()
      for (let n = 0; n < 20; n++) await noise.request(get(`/echo/${'noise'.repeat(200)}`))
      for (const [n, client] of clients.entries()) client.send(get(`/echo/${texts[n]}-2`).slice(60))
      const responses = await Promise.all(clients.map(client => client.responses(3)))
      expect(responses.map(([, one, two]) => [one!.text, two!.text])).toEqual(
        texts.map(text => [text, `${text}-2`]),
      )
    })

    it('with 60 concurrent uploads', { timeout: 30_000 }, async () => {
      const clients = await Promise.all(Array.from({ length: 60 }, connect))
      const contents = clients.map(() => randomBytes(50_000))
      for (const [n, client] of clients.entries())
        client.send(post(`/files/upload-${n}.bin`, 'Content-Length: 50000'))
      for (let at = 0; at < 50_000; at += 10_000)
        await Promise.all(
          clients.map((client, n) => client.sent(contents[n]!.subarray(at, at + 10_000))),
        )
      const statuses = await Promise.all(
        clients.map(async client => (await client.response('POST')).status),
      )
      expect(statuses).toEqual(clients.map(() => 201))
      for (const [n, content] of contents.entries())
        expect(readFileSync(join(folder.path, `upload-${n}.bin`)).equals(content)).toBe(true)
    })
  })

  describe('a slow reader', () => {
    it('gets a complete large file', { timeout: 30_000 }, async () => {
      const content = randomBytes(20_000_000)
      folder.write('slow.bin', content)
      const client = (await connect()).pause()
      client.send(get('/slow.bin'))
      const other = await connect()
      for (let n = 0; n < 10; n++) expect((await other.request(get('/a.txt'))).text).toBe('a')
      const response = await client.resume().response()
      expect(response.body.equals(content)).toBe(true)
      expect((await client.request(get('/echo/next'))).text).toBe('next')
    })

    it('is disconnected if the file shrinks during the response', async () => {
      // More than the socket buffers of both sides hold.
      const size = 60_000_000
      const path = folder.write('shrinking.bin', '')
      truncateSync(path, size)
      const client = (await connect()).pause()
      await client.sent(get('/shrinking.bin'))
      // After the first bytes, the head with the old length has been sent.
      await client.resume().holds(1)
      client.pause()
      truncateSync(path, 1000)
      client.resume()
      const { rest } = await client.ending()
      expect(rest).toContain(`Content-Length: ${size}\r\n`)
      expect(rest.length).toBeLessThan(size)
      expect((await (await connect()).request(get('/shrinking.bin'))).body.length).toBe(1000)
    })

    it('gets a growing file up to its first length, and then the next response', async () => {
      const size = 60_000_000
      const path = folder.write('growing.bin', '')
      truncateSync(path, size)
      const client = (await connect()).pause()
      await client.sent(get('/growing.bin') + get('/echo/next'))
      await client.resume().holds(1)
      client.pause()
      truncateSync(path, size + 5_000_000)
      client.resume()
      const response = await client.response()
      expect([response.field('content-length'), response.body.length]).toEqual([String(size), size])
      expect((await client.response()).text).toBe('next')
    })
  })

  it('leave no temporary file', async () => {
    const temporary = (): string[] => readdirSync(folder.path).filter(name => name.startsWith('.'))
    await expect.poll(temporary, { interval: 10, timeout: 5000 }).toEqual([])
  })
})

describe('--connections-max', () => {
  const MAX = 4
  let folder: TemporaryFolder
  let server: RunningServer

  beforeAll(async () => {
    folder = new TemporaryFolder({ 'a.txt': 'a' })
    server = await RunningServer.start([folder.path, `--connections-max=${MAX}`])
  })
  afterAll(async () => {
    await server?.kill()
    folder.remove()
  })

  it('above it every client gets a 503 and close; other connections are not affected', async () => {
    const within = await Promise.all(
      Array.from({ length: MAX }, () => RawClient.connect(server.port)),
    )
    for (const client of within) expect((await client.request(get('/a.txt'))).text).toBe('a')

    for (const sent of [get('/a.txt'), '', get('/nothing')]) {
      const over = await RawClient.connect(server.port)
      const response = await over.send(sent).response()
      expect([response.status, response.field('connection')]).toEqual([503, 'close'])
      expect(await over.ending()).toEqual(FIN)
      over.halfClose()
      await over.closed()
      expect(over.error).toBeUndefined()
    }
    for (const client of within) expect((await client.request(get('/a.txt'))).text).toBe('a')

    // A client that disconnects frees a place.
    within[0]!.destroy()
    const next = async (): Promise<number> => {
      const client = await RawClient.connect(server.port)
      const { status } = await client.request(get('/a.txt', 'Connection: close'))
      client.destroy()
      return status
    }
    await expect.poll(next, { interval: 5, timeout: 5000 }).toBe(200)
  })

  it('the server survives a flood of connections', async () => {
    const flood = await Promise.all(
      Array.from({ length: 200 }, () => RawClient.connect(server.port)),
    )
    const endings = await Promise.all(
      flood.map(async client => {
        client.send(get('/a.txt'))
        return client.response().then(
          ({ status }) => status,
          () => 'dropped',
        )
      }),
    )
    for (const ending of endings) expect([200, 503, 'dropped']).toContain(ending)
    expect(endings.filter(ending => ending === 200).length).toBeLessThanOrEqual(MAX)
    expect(endings).toContain(503)
    for (const client of flood) client.destroy()
    const again = async (): Promise<number> => {
      const client = await RawClient.connect(server.port)
      return client.request(get('/a.txt', 'Connection: close')).then(
        ({ status }) => status,
        () => 0,
      )
    }
    await expect.poll(again, { interval: 5, timeout: 5000 }).toBe(200)
  })
})
