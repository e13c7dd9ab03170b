import { filler } from './requests.ts'
import { type Contender, loopOver, type Workload } from './workload.ts'

/** A way to look up a path that is a span of a request's bytes. */
export type Lookup = {
  readonly name: string
  /** Numbers the paths from 0, and returns a function from a span to a number, or to -1. */
  readonly build: (paths: readonly string[]) => (bytes: Buffer, from: number, to: number) => number
}

const PATHS = 1000
/** The length of `GET `, which precedes the path. */
const MARGIN = 4

/** Creates a string from the span, for each request. */
const stringMap: Lookup = {
  name: 'string Map, Buffer.toString',
  build: paths => {
    const map = new Map(paths.map((path, i) => [path, i]))
    return (bytes, from, to) => map.get(bytes.toString('latin1', from, to)) ?? -1
  },
}

/** Creates the string without Buffer, as the parser does. */
const charCodeMap: Lookup = {
  name: 'string Map, fromCharCode',
  build: paths => {
    const map = new Map(paths.map((path, i) => [path, i]))
    return (bytes, from, to) => {
      const codes = bytes.subarray(from, to) as unknown as number[]
      return map.get(String.fromCharCode.apply(null, codes)) ?? -1
    }
  },
}

/** A simple hash table of bytes: FNV-1a, open addressing, half full. */
const byteTable: Lookup = {
  name: 'hash table of bytes',
  build: paths => {
    const slots = 2 ** Math.ceil(Math.log2(paths.length * 2))
    const keys = paths.map(path => Buffer.from(path, 'latin1'))
    const table = new Int32Array(slots).fill(-1)
    for (const [i, key] of keys.entries()) {
      let slot = fnv1a(key, 0, key.length) & (slots - 1)
      while (table[slot] !== -1) slot = (slot + 1) & (slots - 1)
      table[slot] = i
    }
    return (bytes, from, to) => {
      let slot = fnv1a(bytes, from, to) & (slots - 1)
      for (;;) {
        const i = table[slot]!
        if (i === -1 || isEqual(keys[i]!, bytes, from, to)) return i
        slot = (slot + 1) & (slots - 1)
      }
    }
  },
}

function fnv1a(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193)
  return hash ^ (hash >>> 15)
}

function isEqual(key: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (key.length !== to - from) return false
  for (let i = 0; i < key.length; i++) if (key[i] !== bytes[from + i]) return false
  return true
}

export const LOOKUPS: readonly Lookup[] = [byteTable, stringMap, charCodeMap]

/**
 * Looks up the file of a request, by the bytes of its path or by a string. One path in sixteen is
 * not found.
 */
export function lookup(): Workload[] {
  return [16, 60].map(length => {
    const paths = Array.from({ length: PATHS }, (_, i) => `/${i}-${filler(length, i)}.js`)
    const requests = paths.map((path, i) =>
      Buffer.from(`GET ${path}${i % 16 === 0 ? 'x' : ''} HTTP/1.1`),
    )
    const expected = paths.reduce((sum, _, i) => sum + (i % 16 === 0 ? -1 : i), 0)
    const contenders = LOOKUPS.map(
      ({ name, build }): Contender => ({
        name,
        operations: requests.length,
        expected,
        prepare: () => {
          const find = build(paths)
          return loopOver(requests, 1, bytes => find(bytes, MARGIN, bytes.indexOf(0x20, MARGIN)))
        },
      }),
    )
    return {
      name: `lookup of 1 of ${PATHS} paths of about ${length} bytes`,
      unit: 'ns/lookup',
      contenders,
      ratios: LOOKUPS.slice(1).map(({ name }) => ({
        numerator: name,
        denominator: LOOKUPS[0]!.name,
        better: 'more',
      })),
    }
  })
}
