import type { Config } from '../config/settings.ts'
import type { Log } from '../log/log.ts'
import type { RunningServer, Server } from '../server.ts'

/** A running server that takes a new configuration without refusing a connection. */
export interface Reloadable
  extends Pick<RunningServer, 'urls' | 'readStrategy' | 'drain' | 'close'> {
  /**
   * Serves by a new configuration; what was asked before is answered by the old one. Rejects where that cannot be done, and all is
   * as it was.
   */
  reload(config: Config, log: Log): Promise<void>
}

/** Starts a server, which takes over the listeners of the one before it. */
export type StartServer = (config: Config, log: Log, before?: Server) => Promise<Server>

/** The server of this process, anew for each configuration, and those before it until they have finished what they had begun. */
export class ReloadableServer implements Reloadable {
  readonly #start: StartServer
  #current: Server
  readonly #retired = new Set<Server>()
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

  get readStrategy(): Server['readStrategy'] {
    return this.#current.readStrategy
  }

  reload(config: Config, log: Log): Promise<void> {
    this.#reloaded = this.#reload(config, log)
    return this.#reloaded
  }

  async #reload(config: Config, log: Log): Promise<void> {
    if (config.workers > 1)
      throw new Error(`workers ${config.workers}: from 1 to more takes a restart`)
    const before = this.#current
    this.#current = await this.#start(config, log, before)
    this.#retired.add(before)
    void before.handOff().then(() => this.#retired.delete(before))
  }

  async drain(): Promise<boolean> {
    // The one that is under way has connections as soon as it listens.
    await this.#reloaded.catch(() => {})
    const drained = await Promise.all(this.#all().map(server => server.drain()))
    return drained.every(Boolean)
  }

  async close(): Promise<void> {
    await Promise.all(this.#all().map(server => server.close()))
  }

  #all(): Server[] {
    return [this.#current, ...this.#retired]
  }
}
