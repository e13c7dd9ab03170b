import type { Config } from '../config/config.ts'
import type { Log } from '../log/log.ts'
import type { RunningServer, Server } from '../server.ts'

/** A running server that takes a new configuration without refusing a connection. */
export interface Reloadable
  extends Pick<RunningServer, 'urls' | 'readStrategy' | 'drain' | 'close'> {
  /** Where only metrics are served. */
  readonly metricsUrls: readonly string[]
  /**
   * Serves by a new configuration; requests in flight finish with the old one. If it rejects,
   * nothing has changed.
   */
  reload(config: Config, log: Log): Promise<void>
}

/** Starts a server, which takes over the listeners of the previous one. */
export type StartServer = (config: Config, log: Log, previous?: Server) => Promise<Server>

/** One server per configuration: the current one, and earlier ones until they have finished. */
export class ReloadableServer implements Reloadable {
  readonly #start: StartServer
  #current: Server
  readonly #retiring = new Set<Server>()
  #reloaded: Promise<void> = Promise.resolve()

  private constructor(start: StartServer, first: Server) {
    this.#start = start
    this.#current = first
  }

  static async start(start: StartServer, config: Config, log: Log): Promise<ReloadableServer> {
    return new ReloadableServer(start, await start(config, log))
  }

  get urls(): readonly string[] {
    return this.#current.urls
  }

  get metricsUrls(): readonly string[] {
    return this.#current.metricsUrls
  }

  get readStrategy(): Server['readStrategy'] {
    return this.#current.readStrategy
  }

  reload(config: Config, log: Log): Promise<void> {
    this.#reloaded = this.#reload(config, log)
    return this.#reloaded
  }

  async #reload(config: Config, log: Log): Promise<void> {
    if (config.workers > 1)
      throw new Error(`workers ${config.workers}: a change from 1 worker to more needs a restart`)
    if (config.user !== undefined) throw new Error(`user ${config.user}: this needs a restart`)
    const previous = this.#current
    this.#current = await this.#start(config, log, previous)
    this.#retiring.add(previous)
    void previous.handOff().then(() => this.#retiring.delete(previous))
  }

  async drain(): Promise<boolean> {
    // A server that is being started has connections as soon as it listens.
    await this.#reloaded.catch(() => {})
    const drained = await Promise.all(this.#all().map(server => server.drain()))
    return drained.every(Boolean)
  }

  async close(): Promise<void> {
    await Promise.all(this.#all().map(server => server.close()))
  }

  #all(): Server[] {
    return [this.#current, ...this.#retiring]
  }
}
