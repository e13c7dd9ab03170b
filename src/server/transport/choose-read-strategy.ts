import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { raw } from './raw.ts'
import { ACCEPT_OPTIONS, type ReadStrategy, type ReadStrategyName } from './read-strategy.ts'
import { sharedBuffer } from './shared-buffer.ts'
import { SocketTransport } from './socket-transport.ts'
import { stream } from './stream.ts'

const PROBE = 'probe'
const PROBE_TIMEOUT_MS = 2000

/** The strategies that need undocumented members of Node, the fastest first. */
const PROBED = [
  ['raw', raw],
  ['shared-buffer', sharedBuffer],
] as const

/**
 * Returns the read strategy of this name, or the next slower one that works and the reason, if this
 * runtime lacks what the named one needs.
 */
export async function chooseReadStrategy(
  name: ReadStrategyName,
): Promise<{ strategy: ReadStrategy; reason?: string }> {
  let reason: string | undefined
  const first = PROBED.findIndex(([one]) => one === name)
  for (const [, create] of first === -1 ? [] : PROBED.slice(first)) {
    const strategy = create()
    const failure =
      strategy === undefined ? 'process.binding() is not available' : await probe(strategy)
    reason ??= failure
    if (strategy !== undefined && failure === undefined) return withReason(strategy, reason)
  }
  return withReason(stream, reason)
}

function withReason(strategy: ReadStrategy, reason: string | undefined) {
  return reason === undefined ? { strategy } : { strategy, reason }
}

/**
 * Tries a strategy on a real socket on loopback: read, write, FIN, and the server's count of
 * connections.
 *
 * @returns why it does not work, or undefined
 */
async function probe(strategy: ReadStrategy): Promise<string | undefined> {
  const server = createServer(ACCEPT_OPTIONS)
  const opened: { destroy(): unknown }[] = []
  const failure = new AbortController()
  const signal = AbortSignal.any([AbortSignal.timeout(PROBE_TIMEOUT_MS), failure.signal])
  try {
    let read = ''
    server.on('connection', socket => opened.push(socket))
    server.on('error', error => failure.abort(error))
    strategy.accept(
      server,
      transport => {
        opened.push(transport)
        if (strategy.name === 'raw' && transport instanceof SocketTransport)
          failure.abort(new Error('connections are accepted as sockets'))
        return {
          onData: (bytes, from, to) => {
            read += String.fromCharCode(...bytes.subarray(from, to))
            transport.write(bytes.slice(from, to))
          },
          onEnd: () => transport.end(),
          onDrain() {},
          onClose() {},
        }
      },
      error => failure.abort(error),
    )
    // In a cluster worker, exclusive: the other workers probe at the same time.
    server.listen({ port: 0, host: '127.0.0.1', exclusive: true })
    await once(server, 'listening', { signal })
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    opened.push(client)
    let written = ''
    client.on('data', data => {
      written += data.toString('latin1')
    })
    client.end(PROBE)
    await once(client, 'close', { signal })
    const closed = once(server, 'close', { signal })
    server.close()
    await closed
    if (read !== PROBE) return 'it read other bytes than were sent'
    return written === PROBE ? undefined : 'it wrote other bytes than it was given'
  } catch (error) {
    server.close()
    const cause = failure.signal.aborted ? failure.signal.reason : error
    return cause instanceof Error ? cause.message : String(cause)
  } finally {
    for (const one of opened) one.destroy()
  }
}
