import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { ACCEPT_OPTIONS, type ReadStrategy } from './read-strategy.ts'
import { sharedBuffer } from './shared-buffer.ts'
import { stream } from './stream.ts'

const PROBE = 'probe'
const PROBE_TIMEOUT_MS = 2000

/**
 * Returns the read strategy of this name, or `stream` and the reason if this Node lacks what the
 * named one needs.
 */
export async function chooseReadStrategy(
  name: ReadStrategy['name'],
): Promise<{ strategy: ReadStrategy; reason?: string }> {
  if (name === 'stream') return { strategy: stream }
  const strategy = sharedBuffer()
  const reason = await probe(strategy)
  return reason === undefined ? { strategy } : { strategy: stream, reason }
}

/**
 * Tries a strategy on a real socket on loopback: read, write, close.
 *
 * @returns why it does not work, or undefined
 */
async function probe(strategy: ReadStrategy): Promise<string | undefined> {
  const server = createServer(ACCEPT_OPTIONS)
  const deadline = AbortSignal.timeout(PROBE_TIMEOUT_MS)
  const opened: { destroy(): unknown }[] = []
  try {
    let read = ''
    server.on('connection', accepted => {
      opened.push(accepted)
      try {
        strategy.attach(accepted, transport => {
          opened.push(transport)
          return {
            onData: (bytes, from, to) => {
              read += String.fromCharCode(...bytes.subarray(from, to))
              transport.write(bytes.slice(from, to))
            },
            onEnd: () => transport.end(),
            onDrain() {},
            onClose() {},
          }
        })
      } catch (error) {
        server.emit('error', error)
      }
    })
    // In a cluster worker, exclusive: the other workers probe at the same time.
    server.listen({ port: 0, host: '127.0.0.1', exclusive: true })
    await once(server, 'listening', { signal: deadline })
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    opened.push(client)
    let written = ''
    client.on('data', data => {
      written += data.toString('latin1')
    })
    client.end(PROBE)
    await Promise.race([once(client, 'close', { signal: deadline }), failure(server, deadline)])
    const closed = once(server, 'close', { signal: deadline })
    server.close()
    await closed
    if (read !== PROBE) return 'it read other bytes than were sent'
    return written === PROBE ? undefined : 'it wrote other bytes than it was given'
  } catch (error) {
    server.close()
    return error instanceof Error ? error.message : String(error)
  } finally {
    for (const one of opened) one.destroy()
  }
}

/** Rejects when the server fails. */
async function failure(server: Server, signal: AbortSignal): Promise<never> {
  const [error] = await once(server, 'error', { signal }).catch(reason => [reason])
  throw error
}
