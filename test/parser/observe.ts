import {
  Event,
  type FieldSection,
  type Limits,
  ReadBuffer,
  RequestParser,
  TargetForm,
} from '../../src/parser/index.ts'

/** Bytes around each slice in the buffer it is fed from, which the parser must neither read nor keep. */
const MARGIN = 3
const SCRUB = 0xdb

/**
 * What a parser makes of slices fed one after another, out of one buffer that is overwritten after each release. The log does
 * not depend on how the bytes are cut: content is joined, `NeedMore` is left out, positions count from the first byte. Nor does it
 * depend on whether they are read by bytes or by words.
 */
export function observe(slices: readonly Uint8Array[], limits: Partial<Limits> = {}): string {
  const log = observeIn(Uint8Array, slices, limits)
  if (observeIn(ReadBuffer, slices, limits) !== log)
    throw new Error('a ReadBuffer is read differently')
  return log
}

function observeIn(
  Buffer: new (length: number) => Uint8Array,
  slices: readonly Uint8Array[],
  limits: Partial<Limits>,
): string {
  const parser = new RequestParser(limits)
  const log: string[] = []
  const content: number[] = []
  /** The head is described at its request's End, after all releases: it must have lived on until then. */
  let headLine = -1
  let keepAlive = false
  let before = 0
  const buffer = new Buffer(Math.max(0, ...slices.map(slice => slice.length)) + 2 * MARGIN)

  const endMessage = () => {
    if (headLine === -1) return
    const text =
      content.length > 0 ? [`Content ${escapeText(String.fromCharCode(...content))}`] : []
    log.splice(
      headLine,
      1,
      describeHead(parser, keepAlive),
      ...describeFields(parser.head),
      ...text,
    )
    content.length = 0
    headLine = -1
  }

  for (const slice of slices) {
    buffer.fill(SCRUB)
    buffer.set(slice, MARGIN)
    parser.feed(buffer, MARGIN, MARGIN + slice.length)
    for (let event = parser.next(); event !== Event.NeedMore; event = parser.next()) {
      switch (event) {
        case Event.Head:
          headLine = log.push('') - 1
          keepAlive = parser.keepAlive
          break
        case Event.Content:
          content.push(...parser.bytes.subarray(parser.from, parser.to))
          break
        case Event.Trailers:
          log.push('Trailers', ...describeFields(parser.trailers))
          break
        case Event.End:
          endMessage()
          log.push(`End ${before + parser.position - MARGIN}`)
          break
        case Event.Failed:
          if (parser.position < MARGIN) throw new Error('it refuses a byte that it had consumed')
          endMessage()
          return [...log, describeFailure(parser)].join('\n')
        case Event.Closed:
          if (parser.end() !== Event.Closed)
            throw new Error('Closed does not outlive the connection')
          return [...log, 'Closed'].join('\n')
      }
    }
    if (parser.position !== MARGIN + slice.length) throw new Error('NeedMore with bytes left')
    parser.release()
    buffer.fill(SCRUB)
    before += slice.length
  }
  endMessage()
  return [...log, ...(parser.end() === Event.Failed ? [describeFailure(parser)] : [])].join('\n')
}

function describeHead(
  { head, expectContinue, contentLength }: RequestParser,
  keepAlive: boolean,
): string {
  const words = [
    'Head',
    head.method,
    escapeText(head.target),
    head.version,
    keepAlive ? 'keep-alive' : 'close',
  ]
  if (head.form !== TargetForm.Origin)
    words.push(
      {
        [TargetForm.Absolute]: 'absolute',
        [TargetForm.Authority]: 'authority',
        [TargetForm.Asterisk]: 'asterisk',
      }[head.form],
      `path=${head.path}`,
    )
  if (expectContinue) words.push('expect-continue')
  if (contentLength !== 0) words.push(contentLength === -1 ? 'chunked' : `length=${contentLength}`)
  return words.join(' ')
}

function describeFields(section: FieldSection): string[] {
  return Array.from({ length: section.fieldCount }, (_, i) =>
    `  ${section.fieldName(i)}: ${escapeText(section.fieldValue(i))}`.trimEnd(),
  )
}

/** Also asks again: after Failed it stays Failed and consumes nothing, to the end of the connection. */
function describeFailure(parser: RequestParser): string {
  const { position } = parser
  if (
    parser.next() !== Event.Failed ||
    parser.next() !== Event.Failed ||
    parser.position !== position
  )
    throw new Error('Failed does not last')
  if (parser.keepAlive) throw new Error('after Failed comes no other request')
  if (parser.end() !== Event.Failed) throw new Error('Failed does not outlive the connection')
  return `Failed ${parser.error?.code} ${parser.error?.status} ${parser.error?.offset}`
}

function escapeText(text: string): string {
  const named: Record<string, string> = {
    '\r': '\\r',
    '\n': '\\n',
    '\t': '\\t',
    '\0': '\\0',
    '\\': '\\\\',
  }
  return text.replace(
    /[^\x20-\x5b\x5d-\x7e]/g,
    char => named[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
