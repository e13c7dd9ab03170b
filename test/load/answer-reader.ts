/** A response, with chunked content decoded. Field names are in lower case. */
export type Answer = {
  readonly status: number
  readonly fields: ReadonlyMap<string, string>
  readonly body: Buffer
}

/** Thrown for bytes that are not a well-formed response. */
export class BadAnswer extends Error {}

const HEAD_END = '\r\n\r\n'
const HEAD_BYTES_MAX = 64 * 1024
const NOTHING = Buffer.alloc(0)

/** A strict reader of responses. It shares no code with the server. */
export class AnswerReader {
  #chunks: Buffer[] = []
  #bytes = 0
  /** How many bytes must arrive before the next attempt, so that long bodies are read once. */
  #needed = 1

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
  }

  /** How many bytes do not belong to a response read so far. */
  get unread(): number {
    return this.#bytes
  }

  /**
   * Returns the next response, to a request with this method. Skips 1xx responses.
   *
   * @returns undefined while the response is incomplete
   * @throws BadAnswer for a malformed response
   */
  next(method: string): Answer | undefined {
    if (this.#bytes < this.#needed) return undefined
    const bytes = this.#joined()
    const end = bytes.indexOf(HEAD_END)
    if (end === -1) {
      if (bytes.length > HEAD_BYTES_MAX) throw new BadAnswer('head too long')
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
    throw new BadAnswer(`malformed status line: ${JSON.stringify(statusLine!.slice(0, 200))}`)
  const fields = new Map<string, string>()
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([\x20-\x7e]*)$/.exec(line) ?? []
    if (name === undefined || fields.has(name.toLowerCase()))
      throw new BadAnswer(`malformed or repeated field line: ${JSON.stringify(line)}`)
    fields.set(name.toLowerCase(), value!)
  }
  return { status: Number(status), fields }
}

/** Returns the content and the offset of its end; `content` is undefined while it is incomplete. */
function readBody(
  { status, fields }: Pick<Answer, 'status' | 'fields'>,
  method: string,
  bytes: Buffer,
  from: number,
): { readonly content: Buffer | undefined; readonly end: number } {
  const length = fields.get('content-length')
  const coding = fields.get('transfer-encoding')
  if (length !== undefined && coding !== undefined)
    throw new BadAnswer('both Content-Length and Transfer-Encoding')
  if (method === 'HEAD' || status === 204 || status === 304) return { content: NOTHING, end: from }
  if (coding === 'chunked') return readChunks(bytes, from)
  if (length === undefined || !/^\d{1,15}$/.test(length))
    throw new BadAnswer(`unknown content length: ${length ?? coding}`)
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
      throw new BadAnswer(`malformed chunk size: ${JSON.stringify(size)}`)
    const start = lineEnd + 2
    const end = start + Number.parseInt(size, 16)
    if (bytes.length < end + 2) return { content: undefined, end: end + 2 }
    if (bytes.toString('latin1', end, end + 2) !== '\r\n') throw new BadAnswer('chunk without CRLF')
    if (end === start) return { content: Buffer.concat(chunks), end: end + 2 }
    chunks.push(bytes.subarray(start, end))
    at = end + 2
  }
}
