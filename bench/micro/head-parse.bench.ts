import { digestOf, type HeadReader } from './head-readers/head-reader.ts'
import { httpParserJs } from './head-readers/http-parser-js.ts'
import { nodeLlhttp } from './head-readers/node-llhttp.ts'
import { statewire, statewireStrings } from './head-readers/statewire.ts'
import { undiciLlhttp } from './head-readers/undici-llhttp.ts'
import { browser, mixed, SHAPES, type Shape } from './requests.ts'
import { type Contender, overAll, type RatioWanted, type Work } from './work.ts'

/** A prime, so that each parser meets each request. */
const PARSERS = 5
const TIMES = 4

/** Whether what is built in is what Node 20 has. */
const isNode20 = process.versions.node.startsWith('20.')

/** Ours beside its rivals on heads of many shapes. */
export function headParse(): Work[] {
  const ours = statewire()
  const rivals = [statewireStrings, nodeLlhttp, undiciLlhttp, httpParserJs]
  return [...SHAPES, mixed].map(shape => ({
    name: `head parse, ${shape.name}`,
    unit: 'ns/head',
    contenders: [ours, ...rivals].map(reader => contenderOf(reader, shape)),
    ratios: shape === browser ? ratiosOfTable() : plainRatios(rivals),
    note: 'Ours and the one of undici leave names and values as spans; the others make strings of them.',
  }))
}

/** A reader on the requests of a shape, with parsers that take turns. With content, the operations are its bytes. */
export function contenderOf(reader: HeadReader, shape: Shape, contentBytes = 0): Contender {
  const wires = shape.variants.map(reader.wireOf)
  const digests = shape.variants.map(text => {
    const targetLength = text.split(' ', 2)[1]!.length
    const head = text.slice(0, text.indexOf('\r\n\r\n'))
    return digestOf(head.split('\r\n').length - 1, targetLength, contentBytes)
  })
  return {
    name: reader.name,
    ...(reader.version !== undefined && { version: reader.version }),
    operations: wires.length * TIMES * Math.max(contentBytes, 1),
    expected: digests.reduce((a, b) => a + b) * TIMES,
    prepare: () => {
      const parsers = Array.from({ length: PARSERS }, reader.open)
      let turn = 0
      return overAll(wires, TIMES, wire => {
        const parser = parsers[turn]!
        turn = turn + 1 === PARSERS ? 0 : turn + 1
        return parser.read(wire)
      })
    },
  }
}

/** Times as fast as each. */
function plainRatios(rivals: readonly { readonly name: string }[]): RatioWanted[] {
  return rivals.map(({ name }) => ({ of: name, to: 'statewire', better: 'more' }))
}

function ratiosOfTable(): RatioWanted[] {
  const to = 'statewire'
  const better = 'more'
  const inNewerNode = (must: number, reach: number) => (isNode20 ? {} : { must, reach })
  return [
    { of: statewireStrings.name, to, better },
    { of: nodeLlhttp.name, to, better, ...(isNode20 && { must: 1.5, reach: 2 }) },
    { of: undiciLlhttp.name, to, better, ...inNewerNode(1.3, 2) },
    { of: httpParserJs.name, to, better, ...inNewerNode(6, 8) },
  ]
}
