/** A response as received. */
export type Response = {
  readonly status: number
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly content: Buffer
  /** Whether its content is complete. */
  readonly isWhole: boolean
  /** The framing error, if there is one. */
  readonly fault?: string
}

export type Responses = {
  readonly list: readonly Response[]
  /** The bytes after the last response that are not a response. */
  readonly rest: Buffer
}

type Content = Pick<Response, 'content' | 'isWhole' | 'fault'> & { readonly end: number }

/** Returns the value of a field by its name in lower case, with several lines joined. */
export function fieldOf(response: Response, name: string): string | undefined {
  const values = response.fields.filter(([other]) => other === name).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(', ')
}

/**
 * Parses the responses to requests with these methods; further responses are parsed as responses to
 * GET. Interim responses are left out.
 */
export function readResponses(
  bytes: Buffer,
  methods: readonly string[],
  isClosed: boolean,
): Responses {
  const list: Response[] = []
  let at = 0
  while (at < bytes.length) {
    const headEnd = bytes.indexOf('\r\n\r\n', at, 'latin1')
    const head = headEnd === -1 ? '' : bytes.toString('latin1', at, headEnd)
    const status = Number(/^HTTP\/1\.\d (\d{3})(?: [^\r\n]*)?(?:\r\n|$)/.exec(head)?.[1])
    if (Number.isNaN(status)) break
    const fields = head.split('\r\n').slice(1).map(readField)
    const { end, ...content } = readContent(
      bytes,
      headEnd + 4,
      fields,
      status,
      methods[list.length],
      isClosed,
    )
    if (status >= 200 || status === 101) list.push({ status, fields, ...content })
    at = end
    if (!content.isWhole) break
  }
  return { list, rest: bytes.subarray(at) }
}

function readField(line: string): readonly [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}

/** RFC 9112 §6.3, for responses. */
function readContent(
  bytes: Buffer,
  from: number,
  fields: Response['fields'],
  status: number,
  method: string | undefined,
  isClosed: boolean,
): Content {
  const nothing = bytes.subarray(from, from)
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304)
    return { content: nothing, isWhole: true, end: from }
  const find = (name: string): string[] =>
    fields.filter(([other]) => other === name).map(([, value]) => value)
  if (find('transfer-encoding').join().toLowerCase() === 'chunked') return readChunks(bytes, from)
  const length = find('content-length').join(', ')
  const rest = bytes.subarray(from)
  if (length === '') return { content: rest, isWhole: isClosed, end: bytes.length }
  if (!/^\d{1,15}$/.test(length))
    return {
      content: rest,
      isWhole: isClosed,
      end: bytes.length,
      fault: `Content-Length: ${length}`,
    }
  const content = rest.subarray(0, Number(length))
  return { content, isWhole: content.length === Number(length), end: from + content.length }
}

function readChunks(bytes: Buffer, from: number): Content {
  const pieces: Buffer[] = []
  let at = from
  const soFar = (isWhole: boolean, fault?: string): Content => ({
    content: Buffer.concat(pieces),
    isWhole,
    end: isWhole ? at : bytes.length,
    ...(fault === undefined ? {} : { fault }),
  })
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at, 'latin1')
    if (lineEnd === -1) return soFar(false)
    const line = bytes.toString('latin1', at, lineEnd)
    const size = /^[0-9a-f]{1,12}(?=;|$)/i.exec(line)?.[0]
    if (size === undefined)
      return soFar(false, `a chunk size of ${JSON.stringify(line.slice(0, 40))}`)
    const length = Number(`0x${size}`)
    at = lineEnd + 2
    if (length === 0) {
      const end =
        bytes.toString('latin1', at, at + 2) === '\r\n'
          ? at
          : bytes.indexOf('\r\n\r\n', at, 'latin1') + 2
      if (end < at) return soFar(false)
      at = end + 2
      return soFar(true)
    }
    if (at + length + 2 > bytes.length) return soFar(false)
    pieces.push(bytes.subarray(at, at + length))
    at += length + 2
  }
}
