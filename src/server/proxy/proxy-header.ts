import type { ProxiedClient, ProxyErrorCode, ProxyRunResult } from './proxy-result.ts'
import { parseProxyV1 } from './proxy-v1.ts'
import { HEADER_BYTES_MAX, parseProxyV2 } from './proxy-v2.ts'

const CR = 0x0d

/**
 * Parses the header of the PROXY protocol, version 1 or 2, that a balancer sends first on a
 * connection. A header that comes in pieces is collected, and parsed from its start with each
 * piece.
 */
export class ProxyHeader {
  /** After `run()`: the first byte not consumed; after `refused` the byte refused. */
  at = 0
  /** After `refused`: the reason. */
  code: ProxyErrorCode = 'proxy-header-missing'
  #client: ProxiedClient | undefined
  #pieces = Buffer.alloc(0)

  /** Whether no byte has been read. */
  get untouched(): boolean {
    return this.#pieces.length === 0
  }

  /**
   * After `complete`: the client, or undefined if the header names none: the connection is the
   * balancer's own, or the balancer does not know its client.
   */
  get client(): ProxiedClient | undefined {
    return this.#client
  }

  /** Reads on from `from`, never at or past `to`. */
  run(bytes: Uint8Array, from: number, to: number): ProxyRunResult {
    this.at = to
    if (from === to) return 'partial'
    const before = this.#pieces.length
    const piece = bytes.subarray(from, Math.min(to, from + HEADER_BYTES_MAX - before))
    const header = before === 0 ? piece : Buffer.concat([this.#pieces, Buffer.from(piece)])
    const result = header[0] === CR ? parseProxyV2(header) : parseProxyV1(header)
    if (result === 'partial') {
      this.#pieces = Buffer.from(header)
      return 'partial'
    }
    this.at = from - before + result.at
    if (result.status === 'refused') this.code = result.code
    else this.#client = result.client
    return result.status
  }
}
