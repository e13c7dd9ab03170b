import { Event, RequestParser } from '../../src/parser/index.ts'
import { encode } from './parsers/statewire.ts'
import { BROWSER_BYTES, browser } from './requests.ts'
import { loopOver, type Run, type Workload } from './workload.ts'

/**
 * Parses a request that arrives in small pieces, as slow or hostile clients send it. The parser has
 * to keep its state between the calls of `feed()`.
 */
export function drip(): Workload[] {
  const requests = browser.variants.map(encode)
  const contender = (name: string, feedBytes: number) => ({
    name,
    operations: requests.length * BROWSER_BYTES,
    expected: requests.length * (Event.Head + Event.End),
    prepare: () => parseInPieces(requests, feedBytes),
  })
  return [
    {
      name: 'drip, 703-byte browser request',
      unit: 'ns/byte',
      contenders: [
        contender('whole', BROWSER_BYTES),
        contender('100 bytes per feed', 100),
        contender('1 byte per feed', 1),
      ],
      ratios: [
        { numerator: '1 byte per feed', denominator: 'whole' },
        { numerator: '100 bytes per feed', denominator: 'whole' },
      ],
    },
  ]
}

function parseInPieces(requests: readonly Uint8Array[], feedBytes: number): Run {
  const parser = new RequestParser()
  return loopOver(requests, 1, request => {
    let sum = 0
    for (let at = 0; at < request.length; at += feedBytes) {
      parser.feed(request, at, Math.min(at + feedBytes, request.length))
      for (let event = parser.next(); event !== Event.NeedMore; event = parser.next()) sum += event
      parser.release()
    }
    return sum
  })
}
