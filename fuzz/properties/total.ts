// Any bytes, cut anywhere, produce valid events or a documented error: no exception, no hang, and
// no read outside the slice.
import assert from 'node:assert/strict'
import { Event, PARSE_ERROR_CODES, RequestParser } from '#src/parser/index.js'
import { slicesOf } from '../generators/chunking.ts'
import type { ParserClass } from '../observe-parser.ts'
import type { Property } from '../property.ts'
import { watched } from './helpers/watched-bytes.ts'
import { type WireInput, wireInputs, wireOf, withWire } from './helpers/wire-input.ts'

const { Head, Content, Trailers, End, NeedMore, Failed, Closed } = Event

/** Returns the events that may follow `last`, which is the last one other than `NeedMore`. */
function mayFollow(last: Event, keepAlive: boolean): readonly Event[] {
  if (last === Trailers) return [End]
  if (last === End) return keepAlive ? [Head, NeedMore, Failed] : [Closed]
  return [Content, Trailers, End, NeedMore, Failed]
}

/** Bytes before and after each slice in its buffer. */
const MARGIN = 2
const STATUSES = [400, 413, 414, 431, 501, 505]

export function check(
  { wire, cuts, limits }: WireInput,
  Subject: ParserClass = RequestParser,
): void {
  const parser = new Subject(limits)
  // At the start a request may begin, as after End.
  let last: Event = End
  let content = 0
  let fed = 0

  for (const slice of slicesOf(wire, cuts)) {
    const end = MARGIN + slice.length
    const buffer = new Uint8Array(end + MARGIN).fill(0x61)
    buffer.set(slice, MARGIN)
    const lent = watched(buffer, (from, to) => {
      assert(
        from === to || (from >= MARGIN && to <= end),
        `read ${from} to ${to} of ${MARGIN} to ${end}`,
      )
    })
    parser.feed(lent, MARGIN, end)
    fed += slice.length
    let position = MARGIN
    // Each event consumes at least one byte, except End and repeated final events.
    for (let budget = 2 * slice.length + 4; ; budget--) {
      assert(budget > 0, 'next() returns too many events')
      const expected = mayFollow(last, parser.keepAlive)
      const event = parser.next()
      assert(expected.includes(event), `after ${last} comes ${event}`)
      const size = event === Content ? parser.to - parser.from : 0
      assert(event !== Content || size > 0, 'content is not empty')
      content += size
      assert(
        parser.position >= position + size && parser.position <= end,
        'the position goes forward',
      )
      assert.equal(parser.unreadBytes, end - parser.position)
      position = parser.position
      assert.equal(parser.wantsBytes, event === NeedMore)
      if (event === NeedMore) break
      if (event === Head) content = 0
      if (event === End && parser.contentLength >= 0) assert.equal(content, parser.contentLength)
      if (event === Failed || event === Closed) return checkFinal(parser, event, fed)
      last = event
    }
    assert.equal(position, end, 'NeedMore: the parser has consumed the whole slice')
    parser.release()
  }
  checkFinal(parser, parser.end(), fed)
}

/** Checks that after `Failed` or `Closed` the event repeats and no byte is consumed. */
function checkFinal(parser: RequestParser, event: Event, fed: number): void {
  const { position, error } = parser
  for (const again of [parser.next(), parser.end(), parser.next()]) assert.equal(again, event)
  assert.equal(parser.position, position)
  if (event === Closed) return assert.equal(error, undefined)
  assert.equal(event, Failed)
  assert(error !== undefined && PARSE_ERROR_CODES.includes(error.code))
  assert(STATUSES.includes(error.status) && error.message !== '')
  assert(
    Number.isInteger(error.offset) && error.offset >= 0 && error.offset <= fed,
    `offset ${error.offset}`,
  )
}

export const property: Property<WireInput> = {
  name: 'total',
  sentence:
    'Any bytes, cut anywhere, produce valid events or a documented error: no exception, no hang, and no read outside the slice.',
  inputs: wireInputs(),
  check: input => check(input),
  wireOf,
  withWire,
}
