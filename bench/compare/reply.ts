/** How the connection ended. */
export type End = 'closed' | 'reset' | 'timeout' | 'refused'

export type Field = readonly [name: string, value: string]

/** The final response of what a server sent, without interim ones. */
export type Reply = {
  /** Undefined if no whole head arrived. */
  readonly status: number | undefined
  readonly fields: readonly Field[]
  /** Everything after the head, with the chunked coding removed. */
  readonly content: Buffer
  /** Whether the content is as long as the head says it is. */
  readonly isWhole: boolean
  readonly end: End
}

const HEAD_END = '\r\n\r\n'

/** Parses leniently: what a server does wrong is reported, not rejected. */
export function parseReply(wire: Buffer, end: End, method = 'GET'): Reply {
  const headEnd = wire.indexOf(HEAD_END)
  const [statusLine = '', ...lines] = wire.toString('latin1', 0, Math.max(headEnd, 0)).split('\r\n')
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1]
  if (headEnd === -1 || status === undefined)
    return { status: undefined, fields: [], content: Buffer.alloc(0), isWhole: false, end }
  const rest = wire.subarray(headEnd + HEAD_END.length)
  if (status[0] === '1') return parseReply(rest, end, method)
  const fields = lines.map((line): Field => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  const head = { status: Number(status), fields, end }
  // RFC 9112 §6.3 step 1: these have no content, whatever their fields say.
  if (method === 'HEAD' || status === '304' || status === '204')
    return { ...head, content: rest, isWhole: rest.length === 0 }
  if (/chunked/i.test(fieldOf(head, 'transfer-encoding') ?? ''))
    return { ...head, ...unchunked(rest) }
  const length = fieldOf(head, 'content-length')
  const isWhole = length === undefined ? end === 'closed' : rest.length === Number(length)
  return { ...head, content: rest, isWhole }
}

/** The values of a field, joined as RFC 9110 §5.3 says; undefined if it is absent. */
export function fieldOf({ fields }: Pick<Reply, 'fields'>, name: string): string | undefined {
  const values = fields.filter(([other]) => other === name.toLowerCase()).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(', ')
}

/** The members of a list field, in lower case. */
export function membersOf(reply: Pick<Reply, 'fields'>, name: string): string[] {
  const members = (fieldOf(reply, name) ?? '').toLowerCase().split(',')
  return members.map(member => member.trim()).filter(member => member !== '')
}

/** Describes a response: its status, the named fields, and how much content arrived. */
export function inWords(reply: Reply, ...names: readonly string[]): string {
  const { status, content, isWhole, end } = reply
  if (status === undefined)
    return {
      closed: 'closed without a response',
      reset: 'reset without a response',
      timeout: 'no response in time',
      refused: 'connection refused',
    }[end]
  const fields = names.map(name => {
    const value = fieldOf(reply, name)
    return value === undefined ? `no ${name}` : `${name}: ${shortened(value)}`
  })
  const length = isWhole
    ? []
    : [`but the head said ${fieldOf(reply, 'content-length') ?? 'another length'}`]
  const late = end === 'timeout' ? ['not ended in time'] : []
  return [`${status}`, ...fields, `${content.length} bytes of content`, ...length, ...late].join(
    ', ',
  )
}

function shortened(value: string): string {
  return value.length > 60 ? `${value.slice(0, 57)}…` : value
}

function unchunked(rest: Buffer): Pick<Reply, 'content' | 'isWhole'> {
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = rest.indexOf('\r\n', at)
    const size =
      lineEnd === -1 ? Number.NaN : Number.parseInt(rest.toString('latin1', at, lineEnd), 16)
    const from = lineEnd + 2
    if (!(size > 0) || from + size + 2 > rest.length)
      return { content: Buffer.concat(chunks), isWhole: size === 0 }
    chunks.push(rest.subarray(from, from + size))
    at = from + size + 2
  }
}
