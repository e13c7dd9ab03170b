import cluster from 'node:cluster'
import type { Address } from '../config/address.ts'
import type { Config } from '../config/config.ts'
import type { MetricSnapshot } from '../metrics/snapshot.ts'
import type { Server } from '../server.ts'

/*
 * The worker's side of a worker pool: its messages to and from the primary process.
 */

/**
 * The variable that gives workers their addresses, so that port 0 is the same port in all of them.
 */
export const LISTENERS = '_STATEWIRE_LISTENERS'

/** How long the last metrics of a worker delay its end. */
const LAST_METRICS_MS = 500

export type FromWorker =
  | { readonly statewire: 'config-request' }
  | {
      readonly statewire: 'listening'
      readonly urls: readonly string[]
      readonly metricsUrls: readonly string[]
      readonly readStrategy: Server['readStrategy']
    }
  | { readonly statewire: 'failed'; readonly message: string }
  /** The worker accepts no more connections. */
  | { readonly statewire: 'stopped' }
  | { readonly statewire: 'metrics'; readonly snapshot: readonly MetricSnapshot[] }
  | { readonly statewire: 'metrics-text-request'; readonly id: number }
export type Order = 'drain' | 'hand-off' | 'close'
export type ToWorker =
  | { readonly statewire: Order }
  | { readonly statewire: 'config'; readonly config: Config }
  | { readonly statewire: 'metrics-request' }
  | { readonly statewire: 'metrics-text'; readonly id: number; readonly text: string }

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
  const all: readonly Address[] | null = JSON.parse(process.env[LISTENERS] ?? 'null')
  if (all === null) return config
  const { length } = config.listeners
  return {
    ...config,
    listeners: all.slice(0, length),
    metricsAddress: config.metricsAddress && all.slice(length),
  }
}

/**
 * In a worker: reports that it listens, and follows orders. If the primary dies, Node ends its
 * workers.
 */
export function followPrimary(server: Server): void {
  // By exit, not by disconnect: bytes queued for a stalled reader of stdout would delay that for
  // ever.
  const end = async (how: Order): Promise<void> => {
    if (how === 'drain') return exit((await server.drain()) ? 0 : 1)
    if (how === 'hand-off') {
      const drained = server.handOff()
      setImmediate(() => send({ statewire: 'stopped' }))
      return exit((await drained) ? 0 : 1)
    }
    await server.close()
    exit(1)
  }
  /** The primary keeps the counts of a worker that has ended. */
  const exit = (code: number): void => {
    const snapshot = server.metricsSnapshot()
    if (snapshot.length === 0) process.exit(code)
    setTimeout(() => process.exit(code), LAST_METRICS_MS)
    send({ statewire: 'metrics', snapshot }, () => process.exit(code))
  }
  process.on('message', ({ statewire: what }: ToWorker) => {
    if (what === 'metrics-request')
      send({ statewire: 'metrics', snapshot: server.metricsSnapshot() })
    else if (what !== 'config' && what !== 'metrics-text') void end(what)
  })
  const { urls, metricsUrls, readStrategy } = server
  send({ statewire: 'listening', urls, metricsUrls, readStrategy })
}

/** In a worker: reports why it cannot start. */
export function reportFailure(error: unknown): void {
  send({ statewire: 'failed', message: error instanceof Error ? error.message : String(error) })
  cluster.worker?.disconnect()
}

/** In a worker: resolves to the metrics of all workers, as text. */
export function metricsTextFromPrimary(): Promise<string> {
  const id = ++lastTextId
  return new Promise(resolve => {
    const onMessage = (message: ToWorker): void => {
      if (message.statewire !== 'metrics-text' || message.id !== id) return
      process.off('message', onMessage)
      resolve(message.text)
    }
    process.on('message', onMessage)
    send({ statewire: 'metrics-text-request', id })
  })
}

let lastTextId = 0

function send(message: FromWorker, done: () => void = () => {}): void {
  process.send?.(message, undefined, undefined, done)
}
