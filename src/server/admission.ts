import type { Config } from './config/config.ts'
import type { OpenConnection } from './connection/open-connection.ts'
import type { DescriptorCount } from './files/file-system.ts'
import { ConnectionLimiter } from './proxy/connection-limiter.ts'

/** The limit that a connection is over. */
export type ConnectionLimit = 'connections-max' | 'connections-per-address-max'

/** Knows all open connections, and decides which of them are served. */
export class Admission {
  /** All that are open, also those that are only being rejected. */
  readonly connections: Set<OpenConnection> = new Set()
  readonly #rejected = new Set<OpenConnection>()
  readonly #rejectedMax: number
  readonly #connectionsMax: number
  readonly #limiter: ConnectionLimiter
  readonly #descriptors: DescriptorCount

  constructor(
    config: Pick<Config, 'connectionsMax' | 'connectionsPerAddressMax'>,
    descriptors: DescriptorCount,
    rejectedMax: number,
  ) {
    this.#connectionsMax = config.connectionsMax
    this.#limiter = new ConnectionLimiter(config.connectionsPerAddressMax)
    this.#descriptors = descriptors
    this.#rejectedMax = rejectedMax
  }

  /** Whether one more connection is over `connectionsMax`, or over what the descriptors allow. */
  get isFull(): boolean {
    return this.#served >= this.#connectionsMax || this.#descriptors.isExhausted
  }

  /** Whether one more connection can get a 503; any beyond these are closed without a response. */
  get canReject(): boolean {
    return this.#rejected.size < this.#rejectedMax
  }

  add(connection: OpenConnection): void {
    this.connections.add(connection)
    this.#descriptors.connections = this.#served
  }

  /** Counts a connection that gets a 503 no longer among those that are served. */
  reject(connection: OpenConnection): void {
    this.#rejected.add(connection)
    this.#descriptors.connections = this.#served
  }

  remove(connection: OpenConnection): void {
    this.connections.delete(connection)
    this.#rejected.delete(connection)
    this.#descriptors.connections = this.#served
  }

  /** Counts a connection of an address. Returns false, and counts nothing, if it has too many. */
  acquireAddress(remoteAddress: string): boolean {
    return this.#limiter.acquire(remoteAddress)
  }

  releaseAddress(remoteAddress: string): void {
    this.#limiter.release(remoteAddress)
  }

  get #served(): number {
    return this.connections.size - this.#rejected.size
  }
}
