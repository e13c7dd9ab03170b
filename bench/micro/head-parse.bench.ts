import { checksumOf, type ParserAdapter } from './parsers/adapter.ts'
import { httpParserJs } from './parsers/http-parser-js.ts'
import { nodeLlhttp } from './parsers/node-llhttp.ts'
import { statewire, statewireStrings } from './parsers/statewire.ts'
import { undiciLlhttp } from './parsers/undici-llhttp.ts'
import { mixed, SHAPES, type Shape } from './requests.ts'
import { type Contender, loopOver, type Workload } from './workload.ts'

/** A prime, so that each parser parses each request. */
const PARSERS = 5
const TIMES = 4

/** Compares statewire's parser with others on request heads of several shapes. */
export function headParse(): Workload[] {
  const ours = statewire()
  const others = [statewireStrings, nodeLlhttp, undiciLlhttp, httpParserJs]
  return [...SHAPES, mixed].map(shape => ({
    name: `head parse, ${shape.name}`,
    unit: 'ns/head',
    contenders: [ours, ...others].map(adapter => contenderOf(adapter, shape)),
    // How many times as fast statewire is.
    ratios: others.map(({ name }) => ({
      numerator: name,
      denominator: 'statewire',
      better: 'more',
    })),
    note: 'statewire and undici return names and values as positions; the others create strings.',
  }))
}

/**
 * A contender that parses all requests of a shape, with several parsers in turn. If the requests
 * have content, its bytes are the operations.
 */
export function contenderOf(adapter: ParserAdapter, shape: Shape, contentBytes = 0): Contender {
  const requests = shape.variants.map(adapter.encode)
  const checksums = shape.variants.map(text => {
    const targetLength = text.split(' ', 2)[1]!.length
    const head = text.slice(0, text.indexOf('\r\n\r\n'))
    return checksumOf(head.split('\r\n').length - 1, targetLength, contentBytes)
  })
  return {
    name: adapter.name,
    ...(adapter.version !== undefined && { version: adapter.version }),
    operations: requests.length * TIMES * Math.max(contentBytes, 1),
    expected: checksums.reduce((a, b) => a + b) * TIMES,
    prepare: () => {
      const parsers = Array.from({ length: PARSERS }, adapter.create)
      let next = 0
      return loopOver(requests, TIMES, request => {
        const parser = parsers[next]!
        next = next + 1 === PARSERS ? 0 : next + 1
        return parser.parse(request)
      })
    },
  }
}
