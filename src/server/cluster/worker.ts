import cluster from 'node:cluster'
import type { Address } from '../config/address.ts'
import type { Config } from '../config/config.ts'
import type { Server } from '../server.ts'

/*
 * The worker's side of a worker pool: its messages to and from the primary process.
 */

/**
 * The variable that gives workers their addresses, so that port 0 is the same port in all of them.
 */
export const LISTENERS = '_STATEWIRE_LISTENERS'

export type FromWorker =
  | { readonly statewire: 'config-request' }
  | {
      readonly statewire: 'listening'
      readonly urls: readonly string[]
      readonly readStrategy: Server['readStrategy']
    }
  | { readonly statewire: 'failed'; readonly message: string }
  /** The worker accepts no more connections. */
  | { readonly statewire: 'stopped' }
export type Order = 'drain' | 'hand-off' | 'close'
export type ToWorker =
  | { readonly statewire: Order }
  | { readonly statewire: 'config'; readonly config: Config }

/** Whether this process is a worker of the `statewire` command. */
export const isPoolWorker: boolean = cluster.isWorker && process.env[LISTENERS] !== undefined

/**
 * In a worker of the command: asks for the current configuration. The file may have changed since.
 */
export async function configFromPrimary(): Promise<Config> {
  return new Promise(resolve => {
    const onMessage = (message: ToWorker): void => {
      if (message.statewire !== 'config') return
      process.off('message', onMessage)
      resolve(message.config)
    }
    process.on('message', onMessage)
    send({ statewire: 'config-request' })
  })
}

/** In a worker: its configuration, with the addresses from the primary process. */
export function asWorker(config: Config): Config {
  const listeners: readonly Address[] =
    JSON.parse(process.env[LISTENERS] ?? 'null') ?? config.listeners
  return { ...config, listeners }
}

/**
 * In a worker: reports that it listens, and follows orders. If the primary dies, Node ends its
 * workers.
 */
export function followPrimary(server: Server): void {
  // By exit, not by disconnect: bytes queued for a stalled reader of stdout would delay that for
  // ever.
  const end = async (how: Order): Promise<void> => {
    if (how === 'drain') process.exit((await server.drain()) ? 0 : 1)
    if (how === 'hand-off') {
      const drained = server.handOff()
      setImmediate(() => send({ statewire: 'stopped' }))
      process.exit((await drained) ? 0 : 1)
    }
    await server.close()
    process.exit(1)
  }
  process.on('message', ({ statewire: what }: ToWorker) => {
    if (what !== 'config') void end(what)
  })
  send({ statewire: 'listening', urls: server.urls, readStrategy: server.readStrategy })
}

/** In a worker: reports why it cannot start. */
export function reportFailure(error: unknown): void {
  send({ statewire: 'failed', message: error instanceof Error ? error.message : String(error) })
  cluster.worker?.disconnect()
}

function send(message: FromWorker): void {
  process.send?.(message, undefined, undefined, () => {})
}
