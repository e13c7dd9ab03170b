/** An answer as it is on the wire. */
export type ReceivedResponse = {
  readonly status: number
  /** By name in lower case; of a repeated one the first. */
  readonly fields: ReadonlyMap<string, string>
  readonly headUs: number
  body: Uint8Array
  endUs: number
}

/** Of the request that is answered: what its answer's framing hangs on. */
export type Answered = { readonly isHead: boolean; readonly minor: number }

export type Reading = {
  /** The request that is next to be answered; undefined: there is none. */
  readonly next: () => Answered | undefined
  readonly now: () => number
  readonly head: (answer: ReceivedResponse) => void
  readonly end: (answer: ReceivedResponse) => void
  readonly wrong: (sentence: string) => void
}

const CRLF2 = Buffer.from('\r\n\r\n')
const CRLF = Buffer.from('\r\n')
const NOTHING = Buffer.alloc(0)
const LINE =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ([\x21-\x7e\x80-\xff]|[\x21-\x7e\x80-\xff][\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?$/
const STATUS = /^HTTP\/1\.1 ([2-5]\d\d|100) [\x20-\x7e]*$/
const DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/
const NO_BODY = new Set([100, 204, 304])

/** Reads what a server sends, and takes nothing that RFC 9112 does not have a server send. It shares no code with the server. */
export class ResponseReader {
  readonly #reading: Reading
  #bytes: Buffer = NOTHING
  #answer: ReceivedResponse | undefined
  #parts: Buffer[] = []
  #left: number | 'chunk' | 'close' = 0
  #chunkLeft = 0
  #isOver = false

  constructor(reading: Reading) {
    this.#reading = reading
  }

  /** Whether an answer has begun and is not whole. */
  get isWithin(): boolean {
    return this.#answer !== undefined || this.#bytes.length > 0
  }

  write(bytes: Uint8Array): void {
    if (this.#isOver) return
    const copy = Buffer.from(bytes)
    this.#bytes = this.#bytes.length === 0 ? copy : Buffer.concat([this.#bytes, copy])
    while (!this.#isOver && this.#bytes.length > 0 && this.#step());
  }

  /** The server has ended: what lasts till then is whole. */
  end(): void {
    if (this.#left === 'close' && this.#answer !== undefined) this.#finish()
    else if (this.isWithin) this.#wrong('an answer ends before it is whole')
  }

  /** False: more bytes are needed. */
  #step(): boolean {
    if (this.#answer === undefined) return this.#readHead()
    if (this.#left === 'close') return this.#take(this.#bytes.length)
    if (this.#left === 'chunk') return this.#readChunk()
    const some = Math.min(this.#left, this.#bytes.length)
    this.#left -= some
    this.#take(some)
    if (this.#left === 0) this.#finish()
    return true
  }

  #readHead(): boolean {
    const end = this.#bytes.indexOf(CRLF2)
    if (end === -1) return false
    const lines = this.#bytes.toString('latin1', 0, end).split('\r\n')
    this.#bytes = this.#bytes.subarray(end + CRLF2.length)
    const status = Number(STATUS.exec(lines[0]!)?.[1] ?? Number.NaN)
    if (Number.isNaN(status))
      return this.#wrong(`this is no status line: ${JSON.stringify(lines[0])}`)
    const fields = new Map<string, string>()
    for (const line of lines.slice(1)) {
      const [, name, value = ''] = LINE.exec(line) ?? []
      if (name === undefined) return this.#wrong(`this is no field line: ${JSON.stringify(line)}`)
      const key = name.toLowerCase()
      if (fields.has(key)) return this.#wrong(`${name} stands there twice`)
      fields.set(key, value)
    }
    const answered = this.#reading.next()
    if (answered === undefined) return this.#wrong(`an answer ${status} to no request`)
    if (status === 100) {
      if (fields.size > 0) return this.#wrong('a 100 has fields')
      this.#reading.head({ status, fields, headUs: this.#reading.now(), body: NOTHING, endUs: 0 })
      return true
    }
    if (!DATE.test(fields.get('date') ?? ''))
      return this.#wrong(`the Date is ${fields.get('date')}`)
    return this.#begin(status, fields, answered)
  }

  #begin(status: number, fields: Map<string, string>, { isHead, minor }: Answered): boolean {
    const length = fields.get('content-length')
    const coding = fields.get('transfer-encoding')
    if (length !== undefined && !/^(0|[1-9]\d*)$/.test(length))
      return this.#wrong(`a length ${length}`)
    if (coding !== undefined && (coding !== 'chunked' || length !== undefined || minor === 0))
      return this.#wrong('Transfer-Encoding where it may not be')
    if (NO_BODY.has(status) && (length !== undefined || coding !== undefined))
      return this.#wrong(`a ${status} with a length`)
    const answer = { status, fields, headUs: this.#reading.now(), body: NOTHING, endUs: 0 }
    this.#answer = answer
    this.#parts = []
    this.#reading.head(answer)
    if (this.#isOver) return false
    if (isHead || NO_BODY.has(status)) this.#left = 0
    else if (coding !== undefined) this.#left = 'chunk'
    else if (length !== undefined) this.#left = Number(length)
    else if (fields.get('connection') === 'close') this.#left = 'close'
    else return this.#wrong('an answer without a length on a connection that goes on')
    if (this.#left === 0) this.#finish()
    return true
  }

  #readChunk(): boolean {
    if (this.#chunkLeft > 0) {
      const some = Math.min(this.#chunkLeft - CRLF.length, this.#bytes.length)
      if (some > 0) {
        this.#chunkLeft -= some
        return this.#take(some)
      }
      if (this.#bytes.length < CRLF.length) return false
      if (!this.#bytes.subarray(0, CRLF.length).equals(CRLF))
        return this.#wrong('a chunk without its end')
      this.#bytes = this.#bytes.subarray(CRLF.length)
      this.#chunkLeft = 0
      return true
    }
    const end = this.#bytes.indexOf(CRLF)
    if (end === -1) return false
    const line = this.#bytes.toString('latin1', 0, end)
    if (!/^[0-9a-f]{1,8}$/.test(line))
      return this.#wrong(`a chunk of ${JSON.stringify(line)} bytes`)
    const size = Number.parseInt(line, 16)
    if (size > 0) {
      this.#bytes = this.#bytes.subarray(end + CRLF.length)
      this.#chunkLeft = size + CRLF.length
      return true
    }
    if (this.#bytes.length < end + CRLF2.length) return false
    if (!this.#bytes.subarray(end, end + CRLF2.length).equals(CRLF2))
      return this.#wrong('a last chunk, and more')
    this.#bytes = this.#bytes.subarray(end + CRLF2.length)
    this.#finish()
    return true
  }

  #take(length: number): true {
    this.#parts.push(this.#bytes.subarray(0, length))
    this.#bytes = this.#bytes.subarray(length)
    return true
  }

  #finish(): void {
    const answer = this.#answer!
    this.#answer = undefined
    this.#left = 0
    answer.body = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts)
    answer.endUs = this.#reading.now()
    this.#reading.end(answer)
  }

  #wrong(sentence: string): false {
    this.#isOver = true
    this.#reading.wrong(sentence)
    return false
  }
}
