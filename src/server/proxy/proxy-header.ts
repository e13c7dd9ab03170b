import type { ProxiedClient, ProxyErrorCode, ProxyRunResult } from './proxy-result.ts'
import { ProxyV1Parser } from './proxy-v1.ts'
import { ProxyV2Parser } from './proxy-v2.ts'

const CR = 0x0d
const LETTER_P = 0x50

/**
 * Parses the header of the PROXY protocol, version 1 or 2, that a balancer sends first on a
 * connection. It reads each byte once, keeps no slice, and reads nothing behind the header.
 */
export class ProxyHeader {
  /** After `run()`: the first byte not consumed; after `refused` the byte refused. */
  at = 0
  #code: ProxyErrorCode = 'proxy-header-missing'
  #parser: ProxyV1Parser | ProxyV2Parser | undefined

  /** Whether no byte has been read. */
  get untouched(): boolean {
    return this.#parser === undefined
  }

  /** After `refused`: the reason. */
  get code(): ProxyErrorCode {
    return this.#code
  }

  /**
   * After `complete`: the client, or undefined if the header names none: the connection is the
   * balancer's own, or the balancer does not know its client.
   */
  get client(): ProxiedClient | undefined {
    return this.#parser?.client
  }

  /** Reads on from `from`, never at or past `to`. */
  run(bytes: Uint8Array, from: number, to: number): ProxyRunResult {
    this.at = from
    if (from === to) return 'partial'
    this.#parser ??= newParser(bytes[from]!)
    if (this.#parser === undefined) return 'refused'
    const result = this.#parser.run(bytes, from, to)
    this.at = this.#parser.at
    if (result === 'refused') this.#code = this.#parser.code
    return result
  }
}

/** The first byte gives the version. @returns undefined if no header begins with this byte. */
function newParser(byte: number): ProxyV1Parser | ProxyV2Parser | undefined {
  if (byte === LETTER_P) return new ProxyV1Parser()
  return byte === CR ? new ProxyV2Parser() : undefined
}
