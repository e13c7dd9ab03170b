import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { ReadStrategyName } from '../../../src/server/transport/read-strategy.ts'
import { parseResponse } from '../../parse-responses.ts'
import { RawClient } from '../../raw-client.ts'
import { eventually } from '../eventually.ts'
import { get, post } from '../fake-server.ts'
import { serving } from '../serving.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

describe.each<ReadStrategyName>(['raw', 'shared-buffer', 'stream'])(
  'clients that leave, with --read-strategy %s',
  readStrategy => {
    it('frees the connections of abandoned streams, so that others are served', async () => {
      const streams: Readable[] = []
      const { url, server } = await serving({
        readStrategy,
        connectionsMax: 20,
        halfClosedTimeoutMs: 300,
        handlers: {
          '/events': (_, reply) => {
            const stream = new Readable({ read() {} })
            stream.push('data: hello\n\n')
            streams.push(stream)
            return reply.send(stream)
          },
          '/hello': (_, reply) => reply.send('hello'),
        },
      })
      for (let count = 0; count < 20; count++) {
        const client = await RawClient.connect(url)
        client.send(get('/events'))
        await client.until(/hello/)
        client.halfClose()
      }
      await eventually(() => expect(streams.map(({ destroyed }) => destroyed)).not.toContain(false))
      await eventually(() => expect(server.closeCounts['half-closed-timeout']).toBe(20))
      const client = await RawClient.connect(url)
      expect((await client.request(get('/hello'))).text).toBe('hello')
    })

    it('gives a client that has sent FIN its response, however slow it is', async () => {
      const content = 'some content. '.repeat(400_000)
      const { url } = await serving({
        root: temporaryFolder({ large: content }),
        readStrategy,
        halfClosedTimeoutMs: 200,
        handlers: {
          '/late': async (_, reply) => {
            await sleep(800)
            await reply.send('late')
          },
          '/slow': (_, reply) =>
            reply.send(
              (async function* () {
                for (let count = 0; count < 10; count++) {
                  yield `${count}`
                  await sleep(120)
                }
              })(),
            ),
        },
      })
      const late = (await RawClient.connect(url)).send(get('/late')).halfClose()
      const slow = (await RawClient.connect(url)).send(get('/slow')).halfClose()
      // A client that does not read for a while.
      const paused = (await RawClient.connect(url)).pause().send(get('/large')).halfClose()
      expect(parseResponse(await late.ended()).text).toBe('late')
      expect(parseResponse(await slow.ended()).text).toBe('0123456789')
      paused.resume()
      expect(parseResponse(await paused.ended()).text).toBe(content)
    })

    it('aborts the signal of a handler that has not responded, and sends what it responds', async () => {
      const signals: AbortSignal[] = []
      const { url } = await serving({
        readStrategy,
        halfClosedTimeoutMs: 200,
        handlers: {
          '/': async (request, reply) => {
            signals.push(request.signal)
            await new Promise(resolve => request.signal.addEventListener('abort', resolve))
            await reply.send('aborted')
          },
        },
      })
      const client = (await RawClient.connect(url)).send(get('/')).halfClose()
      await eventually(() => expect(signals).toHaveLength(1))
      expect(signals[0]!.aborted).toBe(false)
      expect(parseResponse(await client.ended()).text).toBe('aborted')
    })

    it.each([
      ['a second request is buffered', get('/wait') + get('/wait')],
      ['its content is left unread', post('/wait', 'x'.repeat(5000))],
      ['much of its content is left unread', post('/wait', 'x'.repeat(50_000))],
    ])('notices a reset at once while %s', async (_, requests) => {
      let signal: AbortSignal | undefined
      const { url } = await serving({
        readStrategy,
        handlers: {
          '/wait': request => {
            signal ??= request.signal
          },
        },
      })
      const client = await RawClient.connect(url)
      client.send(requests)
      await eventually(() => expect(signal).toBeDefined())
      await sleep(50)
      expect(signal!.aborted).toBe(false)
      client.reset()
      await eventually(() => expect(signal!.aborted).toBe(true), 500)
    })
  },
)
