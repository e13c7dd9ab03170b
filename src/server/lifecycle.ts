import { setImmediate, setTimeout } from 'node:timers/promises'
import type { Log } from './log/log.ts'
import type { ServerContext } from './server-context.ts'
import { closeListeners, type Listener } from './transport/listener.ts'

const CLOSE_TURNS = 16
/** How long endpoints may clean up after their connections were aborted. */
const SETTLE_MS = 1000
/** How often a drain looks whether all connections are closed. */
const POLL_MS = 20

/** How a server ends: by a drain, by a hand-off to the next server, or at once. */
export class Lifecycle {
  /** Open listeners; a reload passes some of them on to the next server. */
  listeners: Listener[] = []
  readonly #context: ServerContext
  readonly #log: Log
  /** Ends the wait before the listeners close. */
  readonly #hurry = new AbortController()
  #drained: Promise<boolean> | undefined
  #aborted = 0

  constructor(context: ServerContext, log: Log) {
    this.#context = context
    this.#log = log
  }

  drain(): Promise<boolean> {
    this.#drained ??= this.#drain()
    return this.#drained
  }

  /** Drains while another server continues: readiness does not change, and no delay is needed. */
  handOff(): Promise<boolean> {
    this.#context.lifecycle.isReplaced = true
    this.#hurry.abort()
    return this.drain()
  }

  async close(): Promise<void> {
    this.#hurry.abort()
    const closed = closeListeners(this.listeners)
    this.#abortConnections()
    await closed
    await this.#stop()
  }

  async #drain(): Promise<boolean> {
    const { lifecycle, config, admission } = this.#context
    const { drainDelayMs, drainTimeoutMs } = config
    lifecycle.isDraining = true
    const deadline = globalThis.setTimeout(() => {
      this.#hurry.abort()
      this.#abortConnections()
      const connections = this.#aborted
      this.#log.warn(
        { connections },
        `drainTimeoutMs (${drainTimeoutMs} ms) is over: closed ${connections} connections`,
      )
    }, drainTimeoutMs)
    if (drainDelayMs > 0)
      await setTimeout(drainDelayMs, undefined, { signal: this.#hurry.signal }).catch(() => {})
    // After the next poll for connections: the kernel resets those that are not accepted.
    await setImmediate()
    const closed = closeListeners(this.listeners)
    for (const connection of admission.connections) connection.drain()
    await closed
    // A listener waits for its own connections; one that was passed on waits for none of these.
    while (admission.connections.size > 0) await setTimeout(POLL_MS)
    clearTimeout(deadline)
    await this.#stop()
    return this.#aborted === 0
  }

  #abortConnections(): void {
    const { connections } = this.#context.admission
    this.#aborted += connections.size
    for (const connection of connections) connection.abort('cut-off')
  }

  async #stop(): Promise<void> {
    const { admission, dispatcher, wheel, closeReasons, responseLog } = this.#context
    // A socket is uncounted by its listener some turns before it emits 'close'.
    for (let turn = 0; turn < CLOSE_TURNS && admission.connections.size > 0; turn++)
      await setImmediate()
    const settled = dispatcher.settled()
    await Promise.race([settled, setTimeout(SETTLE_MS, undefined, { ref: false })])
    wheel.stop()
    this.#context.metrics?.servers.delete(this.#context)
    const summary = closeReasons.toString()
    if (summary !== '')
      this.#log.debug({ closeCounts: closeReasons.counts }, `closed connections: ${summary}`)
    await responseLog.close()
  }
}
