import type { FieldLine } from '#src/response/index.js'

/** How the end of a body is found. RFC 9112 §6.3. */
export type Framing = 'none' | 'length' | 'chunked' | 'close'

/** What is malformed, as a noun phrase, and its offset in the bytes of the connection. */
export type ResponseError = { readonly reason: string; readonly offset: number }

const LENGTH = /^\d{1,15}$/
const ENDS_CHUNKED = /(?:^|,)[ \t]*chunked$/i

/** A response as received, with the chunked coding removed. It may be incomplete. */
export class ReceivedResponse {
  readonly version: string
  readonly status: number
  readonly reason: string
  /** In the order and case received. */
  readonly fields: readonly FieldLine[]
  /** Whether the bytes after it are not HTTP/1.1. RFC 9110 §9.3.6 and §15.2.2. */
  readonly opensTunnel: boolean
  readonly framing: Framing
  /** Returns the value of a field, with several lines joined (RFC 9110 §5.3). */
  readonly field = (name: string): string | undefined => {
    const values = this.values(name)
    return values.length === 0 ? undefined : values.join(', ')
  }

  trailers: readonly FieldLine[] = []
  isComplete = false
  /** What is malformed in the framing of the body. */
  error: ResponseError | undefined
  #parts: Buffer[] = []

  /** @param method the method of its request */
  constructor(
    [version, status, reason]: readonly [version: string, status: number, reason: string],
    fields: readonly FieldLine[],
    method: string,
  ) {
    this.version = version
    this.status = status
    this.reason = reason
    this.fields = fields
    this.opensTunnel = status === 101 || (method === 'CONNECT' && status >= 200 && status < 300)
    this.framing = this.#frame(method)
  }

  /** Returns the values of a field, one for each of its lines. */
  values(name: string): string[] {
    const lowerName = name.toLowerCase()
    const lines = this.fields.filter(([other]) => other.toLowerCase() === lowerName)
    return lines.map(([, value]) => value)
  }

  /** The name of a field with several lines, if there is one. */
  get repeatedField(): string | undefined {
    const names = this.fields.map(([name]) => name.toLowerCase())
    return names.find((name, line) => names.indexOf(name) < line)
  }

  /** Whether the final response to the same request follows. */
  get isInterim(): boolean {
    return this.status < 200 && !this.opensTunnel
  }

  /** The bytes of the body that have arrived. */
  get body(): Buffer {
    if (this.#parts.length !== 1) this.#parts = [Buffer.concat(this.#parts)]
    return this.#parts[0]!
  }

  /** The body as UTF-8. */
  get text(): string {
    return this.body.toString()
  }

  /** Is called by the reader only. */
  append(bytes: Buffer): void {
    this.#parts.push(bytes)
  }

  /** What is wrong with the fields that frame the body; undefined if nothing is. */
  get framingProblem(): string | undefined {
    const length = this.field('Content-Length')
    const coding = this.field('Transfer-Encoding')
    if (length !== undefined && coding !== undefined)
      return 'both Content-Length and Transfer-Encoding'
    if (length !== undefined && !LENGTH.test(length)) return `an invalid Content-Length: ${length}`
    if (coding !== undefined && !ENDS_CHUNKED.test(coding))
      return `an unknown transfer coding: ${coding}`
    // RFC 9110 §8.6, RFC 9112 §6.1
    if ((this.status < 200 || this.status === 204) && (length ?? coding) !== undefined)
      return `a framing field in a ${this.status}`
    return undefined
  }

  /** RFC 9112 §6.3 */
  #frame(method: string): Framing {
    const { status } = this
    if (method === 'HEAD' || status < 200 || status === 204 || status === 304 || this.opensTunnel)
      return 'none'
    const coding = this.field('Transfer-Encoding')
    if (coding !== undefined) return ENDS_CHUNKED.test(coding) ? 'chunked' : 'close'
    return LENGTH.test(this.field('Content-Length') ?? '') ? 'length' : 'close'
  }
}
