import type { Outcome } from './outcome.ts'
import type { ProxiedClient } from './proxied-client.ts'
import type { ProxyErrorCode } from './proxy-error.ts'
import { ProxyV1Parser } from './proxy-v1.ts'
import { ProxyV2Parser } from './proxy-v2.ts'

const CR = 0x0d
const LETTER_P = 0x50

/**
 * What a balancer sends first on a connection, in either version of the PROXY protocol. Bytes are read as they come, each once, and
 * none is kept; those behind the header are not looked at.
 */
export class ProxyHeader {
  /** After `run()`: the first byte not consumed; after `refused` the byte refused. */
  at = 0
  #code: ProxyErrorCode = 'proxy-header-missing'
  #version: ProxyV1Parser | ProxyV2Parser | undefined

  /** Whether no byte has come. */
  get untouched(): boolean {
    return this.#version === undefined
  }

  /** After `refused`. */
  get code(): ProxyErrorCode {
    return this.#code
  }

  /** After `complete`: the client, or undefined where the balancer speaks for itself or does not know. */
  get client(): ProxiedClient | undefined {
    return this.#version?.client
  }

  /** Reads on from `from`, never at or past `to`. */
  run(bytes: Uint8Array, from: number, to: number): Outcome {
    this.at = from
    if (from === to) return 'partial'
    this.#version ??= versionOf(bytes[from]!)
    if (this.#version === undefined) return 'refused'
    const outcome = this.#version.run(bytes, from, to)
    this.at = this.#version.at
    if (outcome === 'refused') this.#code = this.#version.code
    return outcome
  }
}

/** Each version has its own first byte; what begins otherwise has no header. */
function versionOf(byte: number): ProxyV1Parser | ProxyV2Parser | undefined {
  if (byte === LETTER_P) return new ProxyV1Parser()
  return byte === CR ? new ProxyV2Parser() : undefined
}
