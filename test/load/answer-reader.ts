/** An answer as it came, chunked undone. Names of fields are in lower case. */
export type Answer = {
  readonly status: number
  readonly fields: ReadonlyMap<string, string>
  readonly body: Buffer
}

/** What cannot be read as an answer. */
export class BadAnswer extends Error {}

const HEAD_END = '\r\n\r\n'
const HEAD_BYTES_MAX = 64 * 1024
const NOTHING = Buffer.alloc(0)

/**
 * Reads answers out of the bytes of a connection. It is strict, and shares nothing with the server. Incomplete is `undefined`;
 * bytes that no answer can begin with throw.
 */
export class AnswerReader {
  #chunks: Buffer[] = []
  #bytes = 0
  /** Bytes to wait for before it is worth looking again: that of a long body. */
  #needed = 1

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
  }

  /** Bytes that no answer has taken. */
  get unread(): number {
    return this.#bytes
  }

  /** The next answer, to a request of this method. 1xx are passed over. */
  next(method: string): Answer | undefined {
    if (this.#bytes < this.#needed) return undefined
    const bytes = this.#joined()
    const end = bytes.indexOf(HEAD_END)
    if (end === -1) {
      if (bytes.length > HEAD_BYTES_MAX) throw new BadAnswer('a head without an end')
      return undefined
    }
    const head = readHead(bytes.toString('latin1', 0, end))
    const from = end + HEAD_END.length
    if (head.status < 200) {
      this.#take(from)
      return this.next(method)
    }
    const body = readBody(head, method, bytes, from)
    this.#needed = body.end
    if (body.content === undefined) return undefined
    this.#take(body.end)
    return { ...head, body: body.content }
  }

  #joined(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0]!
  }

  #take(bytes: number): void {
    this.#chunks = [this.#joined().subarray(bytes)]
    this.#bytes -= bytes
    this.#needed = 1
  }
}

function readHead(text: string): Pick<Answer, 'status' | 'fields'> {
  const [statusLine, ...lines] = text.split('\r\n')
  const status = /^HTTP\/1\.1 ([1-5]\d\d) [\x20-\x7e]*$/.exec(statusLine!)?.[1]
  if (status === undefined)
    throw new BadAnswer(`a status line: ${JSON.stringify(statusLine!.slice(0, 200))}`)
  const fields = new Map<string, string>()
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([\x20-\x7e]*)$/.exec(line) ?? []
    if (name === undefined || fields.has(name.toLowerCase()))
      throw new BadAnswer(`a field line: ${JSON.stringify(line)}`)
    fields.set(name.toLowerCase(), value!)
  }
  return { status: Number(status), fields }
}

/** The content, and where it ends; `content` is undefined while that has not come. */
function readBody(
  { status, fields }: Pick<Answer, 'status' | 'fields'>,
  method: string,
  bytes: Buffer,
  from: number,
): { readonly content: Buffer | undefined; readonly end: number } {
  const length = fields.get('content-length')
  const coding = fields.get('transfer-encoding')
  if (length !== undefined && coding !== undefined) throw new BadAnswer('both framings')
  if (method === 'HEAD' || status === 204 || status === 304) return { content: NOTHING, end: from }
  if (coding === 'chunked') return readChunks(bytes, from)
  if (length === undefined || !/^\d{1,15}$/.test(length))
    throw new BadAnswer(`no length: ${length ?? coding}`)
  const end = from + Number(length)
  return { content: bytes.length < end ? undefined : Buffer.from(bytes.subarray(from, end)), end }
}

function readChunks(
  bytes: Buffer,
  from: number,
): { readonly content: Buffer | undefined; readonly end: number } {
  const chunks: Buffer[] = []
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd === -1) return { content: undefined, end: bytes.length + 1 }
    const size = bytes.toString('latin1', at, lineEnd)
    if (!/^[0-9a-fA-F]{1,8}$/.test(size))
      throw new BadAnswer(`a chunk size: ${JSON.stringify(size)}`)
    const start = lineEnd + 2
    const end = start + Number.parseInt(size, 16)
    if (bytes.length < end + 2) return { content: undefined, end: end + 2 }
    if (bytes.toString('latin1', end, end + 2) !== '\r\n')
      throw new BadAnswer('a chunk without an end')
    if (end === start) return { content: Buffer.concat(chunks), end: end + 2 }
    chunks.push(bytes.subarray(start, end))
    at = end + 2
  }
}
