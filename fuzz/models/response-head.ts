/** The head of a response (RFC 9112 §4, §5). */
export type ResponseHead = {
  readonly status: number
  readonly reason: string
  readonly fields: readonly (readonly [name: string, value: string])[]
}

const STATUS_LINE = /^HTTP\/1\.1 ([0-9]{3}) ([\t \x21-\x7e\x80-\xff]*)$/
const FIELD_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t \x21-\x7e\x80-\xff]*)$/

/** Parses the head of a response; returns undefined unless `text` is exactly one valid head. */
export function referenceResponseHead(text: string): ResponseHead | undefined {
  const [statusLine, ...lines] = text.split('\r\n')
  // The last two parts are the empty line and the nothing after its CR LF.
  if (lines.pop() !== '' || lines.pop() !== '') return undefined
  const status = STATUS_LINE.exec(statusLine!)
  const found = lines.map(line => FIELD_LINE.exec(line))
  if (status === null || !found.every(line => line !== null)) return undefined
  return {
    status: Number(status[1]),
    reason: status[2]!,
    fields: found.map(line => [line[1]!, line[2]!.replace(/[ \t]+$/, '')] as const),
  }
}
