import type { Transport } from '../transport/transport.ts'
import type { BodySource, SerializedHead } from './cache-entry.ts'

const BYTES = 128 * 1024
/** A larger body in memory is sent from there, behind its head. */
const COPIED_BYTES_MAX = 16 * 1024
const VIEWS = 256
/** The longest end of a head. */
const END_BYTES_MAX = 160

const PERSISTS = '\r\n'
const PERSISTS_1_0 = 'Connection: keep-alive\r\n\r\n'
const CLOSES = 'Connection: close\r\n\r\n'

/** A cached response to be sent, and how the connection continues after it. */
export type CoalescedResponse = {
  head: SerializedHead | undefined
  body: BodySource | undefined
  /** The bytes of the body to send. */
  from: number
  to: number
  keepAlive: boolean
  minorVersion: number
  /** Set by `add()`: the length of the whole response. */
  bytesOut: number
}

/** Counts the bytes of a cache that responses hold until their clients have accepted them. */
export interface HeldBytes {
  /** Whether a response may hold these. */
  mayHold(bytes: Uint8Array): boolean
  hold(bytes: Uint8Array): void
  release(bytes: Uint8Array): void
}

/**
 * Gathers the bytes of cached responses, so that those to pipelined requests go out in one write.
 * All connections share it: its bytes are written before anything else happens.
 */
export class WriteCoalescer {
  /** Reused for each response, so that none is allocated. */
  readonly next: CoalescedResponse = {
    head: undefined,
    body: undefined,
    from: 0,
    to: 0,
    keepAlive: true,
    minorVersion: 1,
    bytesOut: 0,
  }
  readonly #held: HeldBytes
  #bytes = Buffer.allocUnsafeSlow(BYTES)
  #length = 0
  /** The last views of the first bytes, by the low bits of their length. */
  #views: (Buffer | undefined)[] = new Array(VIEWS).fill(undefined)

  constructor(held: HeldBytes) {
    this.#held = held
  }

  /** Adds the next response. Returns false, and adds nothing, if its body cannot be read now. */
  add(transport: Transport, date: string): boolean {
    const { head, body, from, to } = this.next
    const length = body === undefined ? 0 : to - from
    const bytes = body?.inMemory()
    const isCopied = bytes === undefined || length <= COPIED_BYTES_MAX
    const needed = head!.length + END_BYTES_MAX + (isCopied ? length : 0)
    if (needed > BYTES || (!isCopied && !this.#held.mayHold(bytes))) return false
    if (this.#length + needed > BYTES) this.flush(transport)
    const at = this.#length
    head!.copyTo(this.#bytes, at, date)
    const bodyAt = at + head!.length + this.#writeEnd(at + head!.length)
    this.next.bytesOut = bodyAt - at + length
    if (body === undefined || length === 0) this.#length = bodyAt
    else if (bytes === undefined) {
      if (!body.readInto(this.#bytes.subarray(bodyAt, bodyAt + length), from)) return false
      this.#length = bodyAt + length
    } else if (isCopied) {
      this.#bytes.set(length === bytes.length ? bytes : bytes.subarray(from, to), bodyAt)
      this.#length = bodyAt + length
    } else {
      this.#length = bodyAt
      this.#sendBehindHead(transport, bytes, from, to)
    }
    return true
  }

  #sendBehindHead(transport: Transport, bytes: Uint8Array, from: number, to: number): void {
    transport.cork()
    this.flush(transport)
    // ZERO-COPY: the body is the asset store's, which never changes.
    this.#held.hold(bytes)
    transport.write(bytes.subarray(from, to), () => this.#held.release(bytes))
    transport.uncork()
  }

  /** Writes what is gathered. */
  flush(transport: Transport): void {
    if (this.#length === 0) return
    const gathered = this.#viewOf(this.#length)
    this.#length = 0
    // Behind other bytes they would be queued for long: a copy is smaller than the whole buffer.
    if (transport.queuedBytes > 0) return transport.write(Buffer.from(gathered))
    // ZERO-COPY: the view is the transport's until the kernel has accepted all of it.
    transport.write(gathered)
    if (transport.queuedBytes === 0) return
    this.#bytes = Buffer.allocUnsafeSlow(BYTES)
    this.#views.fill(undefined)
  }

  #viewOf(length: number): Buffer {
    const slot = length & (VIEWS - 1)
    const known = this.#views[slot]
    if (known?.length === length) return known
    const view = this.#bytes.subarray(0, length)
    this.#views[slot] = view
    return view
  }

  /** Writes the lines of a head that differ between its responses. Returns their length. */
  #writeEnd(at: number): number {
    const { head, body, from, to, keepAlive, minorVersion } = this.next
    // RFC 9112 §9.3, as `frame()` has it.
    const end = keepAlive ? (minorVersion === 0 ? PERSISTS_1_0 : PERSISTS) : CLOSES
    const lines = head!.status === 206 ? partLines(from, to, body!.length) + end : end
    return this.#bytes.write(lines, at, 'latin1')
  }
}

/** RFC 9110 §15.3.7.1. */
function partLines(from: number, to: number, size: number): string {
  return `Content-Range: bytes ${from}-${to - 1}/${size}\r\nContent-Length: ${to - from}\r\n`
}
