import cluster from 'node:cluster'
import type { Address } from '../config/address.ts'
import type { Config } from '../config/settings.ts'
import type { Server } from '../server.ts'

/*
 * The worker's side of a fleet: what it is told by the primary process, what it says to it, and how it obeys.
 */

/** The variable by which workers learn where to listen, so that port 0 means the same to all of them, also to those that come later. */
export const LISTENERS = '_STATEWIRE_LISTENERS'

/** What workers and the primary process say to each other. */
export type FromWorker =
  | { readonly statewire: 'asks' }
  | {
      readonly statewire: 'listening'
      readonly urls: readonly string[]
      readonly readStrategy: Server['readStrategy']
    }
  | { readonly statewire: 'failed'; readonly message: string }
  /** It accepts no more. */
  | { readonly statewire: 'retired' }
export type Order = 'drain' | 'retire' | 'close'
export type ToWorker =
  | { readonly statewire: Order }
  | { readonly statewire: 'config'; readonly config: Config }

/** Whether this process is a worker that a fleet has started. */
export const isPoolWorker: boolean = cluster.isWorker && process.env[LISTENERS] !== undefined

/** In a worker of the command: the configuration in force. The file may be another meanwhile, and wrong. */
export async function configFromPrimary(): Promise<Config> {
  return new Promise(resolve => {
    const onMessage = (message: ToWorker): void => {
      if (message.statewire !== 'config') return
      process.off('message', onMessage)
      resolve(message.config)
    }
    process.on('message', onMessage)
    send({ statewire: 'asks' })
  })
}

/** In a worker: its configuration, with the listeners that it is told. */
export function asWorker(config: Config): Config {
  const listeners: readonly Address[] =
    JSON.parse(process.env[LISTENERS] ?? 'null') ?? config.listeners
  return { ...config, listeners }
}

/** In a worker: tells the primary process that the server listens, and does as it says. When that dies, Node ends its workers. */
export function followPrimary(server: Server): void {
  // Not by disconnecting, which what is still queued for a reader of stdout that has stalled would hold up for ever.
  const leave = async (how: Order): Promise<void> => {
    if (how === 'drain') process.exit((await server.drain()) ? 0 : 1)
    if (how === 'retire') {
      const retired = server.handOff()
      setImmediate(() => send({ statewire: 'retired' }))
      process.exit((await retired) ? 0 : 1)
    }
    await server.close()
    process.exit(1)
  }
  process.on('message', ({ statewire: what }: ToWorker) => {
    if (what !== 'config') void leave(what)
  })
  send({ statewire: 'listening', urls: server.urls, readStrategy: server.readStrategy })
}

/** In a worker: tells the primary process why there is no server. */
export function reportFailure(error: unknown): void {
  send({ statewire: 'failed', message: error instanceof Error ? error.message : String(error) })
  cluster.worker?.disconnect()
}

function send(message: FromWorker): void {
  process.send?.(message, undefined, undefined, () => {})
}
