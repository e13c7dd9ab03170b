/** A response as the client receives it. */
export type ReceivedResponse = {
  readonly status: number
  /** By name in lower case. */
  readonly fields: ReadonlyMap<string, string>
  readonly headUs: number
  body: Uint8Array
}

/** The parts of a request that decide how its response is framed. */
export type RequestTraits = { readonly isHead: boolean; readonly minor: number }

export type ResponseReaderOptions = {
  /** Returns the request that the next response belongs to. */
  readonly nextRequest: () => RequestTraits
  readonly nowUs: () => number
  /** Is called for each head, those of interim responses included. */
  readonly onHead: (response: ReceivedResponse) => void
  /** Is called for each final response when it is complete. */
  readonly onResponse: (response: ReceivedResponse) => void
  /** Is called once; nothing is read after it. */
  readonly onError: (message: string) => void
}

const CRLF2 = Buffer.from('\r\n\r\n')
const CRLF = Buffer.from('\r\n')
const NOTHING = Buffer.alloc(0)
const FIELD_LINE =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ([\x21-\x7e\x80-\xff]|[\x21-\x7e\x80-\xff][\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?$/
const STATUS_LINE = /^HTTP\/1\.1 ([2-5]\d\d|100) [\x20-\x7e]*$/
const DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/
const STATUSES_WITHOUT_BODY = new Set([100, 204, 304])

/**
 * Reads responses and accepts only what RFC 9112 lets a server send. It shares no code with the
 * server, so that an error in one does not hide an error in the other.
 */
export class ResponseReader {
  readonly #options: ResponseReaderOptions
  #bytes: Buffer = NOTHING
  #response: ReceivedResponse | undefined
  #bodyParts: Buffer[] = []
  /** How the body ends: after so many more bytes, with the last chunk, or with the connection. */
  #bodyLeft: number | 'chunked' | 'until-close' = 0
  /** Bytes left of a chunk, its CRLF included. */
  #chunkLeft = 0
  #hasFailed = false

  constructor(options: ResponseReaderOptions) {
    this.#options = options
  }

  write(bytes: Uint8Array): void {
    if (this.#hasFailed) return
    const copy = Buffer.from(bytes)
    this.#bytes = this.#bytes.length === 0 ? copy : Buffer.concat([this.#bytes, copy])
    while (!this.#hasFailed && this.#bytes.length > 0 && this.#step());
  }

  /** The server has ended the connection, which completes a body that lasts until then. */
  end(): void {
    if (this.#response === undefined && this.#bytes.length === 0) return
    if (this.#bodyLeft === 'until-close' && this.#response !== undefined) this.#finish()
    else this.#fail('the connection ends within a response')
  }

  /** @returns whether it made progress; if not, it needs more bytes */
  #step(): boolean {
    if (this.#response === undefined) return this.#readHead()
    if (this.#bodyLeft === 'until-close') return this.#take(this.#bytes.length)
    if (this.#bodyLeft === 'chunked') return this.#readChunk()
    const length = Math.min(this.#bodyLeft, this.#bytes.length)
    this.#bodyLeft -= length
    this.#take(length)
    if (this.#bodyLeft === 0) this.#finish()
    return true
  }

  #readHead(): boolean {
    const end = this.#bytes.indexOf(CRLF2)
    if (end === -1) return false
    const lines = this.#bytes.toString('latin1', 0, end).split('\r\n')
    this.#bytes = this.#bytes.subarray(end + CRLF2.length)
    const status = Number(STATUS_LINE.exec(lines[0]!)?.[1] ?? Number.NaN)
    if (Number.isNaN(status)) return this.#fail(`not a status line: ${JSON.stringify(lines[0])}`)
    const fields = new Map<string, string>()
    for (const line of lines.slice(1)) {
      const [, name, value = ''] = FIELD_LINE.exec(line) ?? []
      if (name === undefined) return this.#fail(`not a field line: ${JSON.stringify(line)}`)
      const key = name.toLowerCase()
      if (fields.has(key)) return this.#fail(`a second ${name}`)
      fields.set(key, value)
    }
    const response = { status, fields, headUs: this.#options.nowUs(), body: NOTHING }
    if (status === 100) {
      if (fields.size > 0) return this.#fail('a 100 with fields')
      this.#options.onHead(response)
      return true
    }
    if (!DATE.test(fields.get('date') ?? '')) return this.#fail(`Date is ${fields.get('date')}`)
    return this.#beginBody(response, this.#options.nextRequest())
  }

  /** Decides how the body is framed. RFC 9112 §6.3. */
  #beginBody(response: ReceivedResponse, { isHead, minor }: RequestTraits): boolean {
    const { status, fields } = response
    const length = fields.get('content-length')
    const coding = fields.get('transfer-encoding')
    if (length !== undefined && !/^(0|[1-9]\d*)$/.test(length))
      return this.#fail(`Content-Length is ${length}`)
    if (coding !== undefined && (coding !== 'chunked' || length !== undefined || minor === 0))
      return this.#fail('Transfer-Encoding where it is not allowed')
    const hasNoBody = STATUSES_WITHOUT_BODY.has(status)
    if (hasNoBody && (length !== undefined || coding !== undefined))
      return this.#fail(`a ${status} with a length`)
    this.#response = response
    this.#bodyParts = []
    this.#options.onHead(response)
    if (this.#hasFailed) return false
    if (isHead || hasNoBody) this.#bodyLeft = 0
    else if (coding !== undefined) this.#bodyLeft = 'chunked'
    else if (length !== undefined) this.#bodyLeft = Number(length)
    else if (fields.get('connection') === 'close') this.#bodyLeft = 'until-close'
    else return this.#fail('a response without a length on a persistent connection')
    if (this.#bodyLeft === 0) this.#finish()
    return true
  }

  /** RFC 9112 §7.1, without extensions and trailers, which the server does not send. */
  #readChunk(): boolean {
    if (this.#chunkLeft > 0) return this.#readChunkData()
    const end = this.#bytes.indexOf(CRLF)
    if (end === -1) return false
    const line = this.#bytes.toString('latin1', 0, end)
    if (!/^[0-9a-f]{1,8}$/.test(line)) return this.#fail(`a chunk of ${JSON.stringify(line)} bytes`)
    const size = Number.parseInt(line, 16)
    if (size > 0) {
      this.#bytes = this.#bytes.subarray(end + CRLF.length)
      this.#chunkLeft = size + CRLF.length
      return true
    }
    if (this.#bytes.length < end + CRLF2.length) return false
    if (!this.#bytes.subarray(end, end + CRLF2.length).equals(CRLF2))
      return this.#fail('something after the last chunk')
    this.#bytes = this.#bytes.subarray(end + CRLF2.length)
    this.#finish()
    return true
  }

  #readChunkData(): boolean {
    const length = Math.min(this.#chunkLeft - CRLF.length, this.#bytes.length)
    if (length > 0) {
      this.#chunkLeft -= length
      return this.#take(length)
    }
    if (this.#bytes.length < CRLF.length) return false
    if (!this.#bytes.subarray(0, CRLF.length).equals(CRLF))
      return this.#fail('a chunk without CRLF at its end')
    this.#bytes = this.#bytes.subarray(CRLF.length)
    this.#chunkLeft = 0
    return true
  }

  #take(length: number): true {
    this.#bodyParts.push(this.#bytes.subarray(0, length))
    this.#bytes = this.#bytes.subarray(length)
    return true
  }

  #finish(): void {
    const response = this.#response!
    const parts = this.#bodyParts
    this.#response = undefined
    this.#bodyLeft = 0
    response.body = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
    this.#options.onResponse(response)
  }

  #fail(message: string): false {
    this.#hasFailed = true
    this.#options.onError(message)
    return false
  }
}
