/** A response's head, read slowly: RFC 9112 §4 and §5 as they stand. */
export type ResponseHead = {
  readonly status: number
  readonly reason: string
  readonly fields: readonly (readonly [name: string, value: string])[]
}

const STATUS_LINE = /^HTTP\/1\.1 ([0-9]{3}) ([\t \x21-\x7e\x80-\xff]*)$/
const FIELD_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t \x21-\x7e\x80-\xff]*)$/

/** Undefined for what is not one head, all of it and nothing more. */
export function readResponseHead(text: string): ResponseHead | undefined {
  const [statusLine, ...lines] = text.split('\r\n')
  // The empty line, and what follows its end.
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
