import { Event, RequestParser } from '../../src/parser/index.ts'
import { wireOf } from './head-readers/statewire.ts'
import { BROWSER_BYTES, browser } from './requests.ts'
import { overAll, type Run, type Work } from './work.ts'

/** A request that comes a byte at a time, as slow or hostile clients send it: all state outlives each feed. */
export function drip(): Work[] {
  const wires = browser.variants.map(wireOf)
  const contender = (name: string, feedBytes: number) => ({
    name,
    operations: wires.length * BROWSER_BYTES,
    expected: wires.length * (Event.Head + Event.End),
    prepare: () => dripping(wires, feedBytes),
  })
  return [
    {
      name: 'drip, 703-byte browser request',
      unit: 'ns/byte',
      contenders: [
        contender('whole', BROWSER_BYTES),
        contender('100 bytes a feed', 100),
        contender('1 byte a feed', 1),
      ],
      ratios: [
        { of: '1 byte a feed', to: 'whole', must: 12, reach: 6 },
        { of: '100 bytes a feed', to: 'whole' },
      ],
    },
  ]
}

function dripping(wires: readonly Uint8Array[], feedBytes: number): Run {
  const parser = new RequestParser()
  return overAll(wires, 1, wire => {
    let sum = 0
    for (let at = 0; at < wire.length; at += feedBytes) {
      parser.feed(wire, at, Math.min(at + feedBytes, wire.length))
      for (let event = parser.next(); event !== Event.NeedMore; event = parser.next()) sum += event
      parser.release()
    }
    return sum
  })
}
