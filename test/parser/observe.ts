import {
  Event,
  type FieldSection,
  type Limits,
  ReadBuffer,
  RequestParser,
  TargetForm,
} from '../../src/parser/index.ts'

/** Bytes before and behind each slice in its buffer. The parser must not read them. */
const MARGIN = 3
const SCRUB = 0xdb

/**
 * Feeds slices to a parser one after another, from one buffer that is overwritten after each
 * release, and returns a log of the events. The log does not depend on where the bytes are cut into
 * slices: content is joined, `NeedMore` is left out, and positions count from the first byte.
 * Throws if the parser reads a `ReadBuffer` differently from a plain array.
 */
export function observe(slices: readonly Uint8Array[], limits: Partial<Limits> = {}): string {
  const log = observeIn(Uint8Array, slices, limits)
  if (observeIn(ReadBuffer, slices, limits) !== log)
    throw new Error('a ReadBuffer and a Uint8Array give different events')
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
  /**
   * The line of the log for the head, which is written at `End` to check that it is still valid.
   */
  let headLine = -1
  let keepAlive = false
  let bytesBefore = 0
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
          log.push(`End ${bytesBefore + parser.position - MARGIN}`)
          break
        case Event.Failed:
          if (parser.position < MARGIN)
            throw new Error('Failed at a byte that was already consumed')
          endMessage()
          return [...log, describeFailure(parser)].join('\n')
        case Event.Closed:
          if (parser.end() !== Event.Closed) throw new Error('end() after Closed is not Closed')
          return [...log, 'Closed'].join('\n')
      }
    }
    if (parser.position !== MARGIN + slice.length)
      throw new Error('NeedMore before all bytes are consumed')
    parser.release()
    buffer.fill(SCRUB)
    bytesBefore += slice.length
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

/** Describes the error. Also checks that the parser stays Failed and consumes nothing more. */
function describeFailure(parser: RequestParser): string {
  const { position } = parser
  if (
    parser.next() !== Event.Failed ||
    parser.next() !== Event.Failed ||
    parser.position !== position
  )
    throw new Error('next() after Failed is not Failed, or consumes bytes')
  if (parser.keepAlive) throw new Error('keepAlive is true after Failed')
  if (parser.end() !== Event.Failed) throw new Error('end() after Failed is not Failed')
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
