import type { ByteRange, RangeResult } from '#src/response/index.js'

/** RFC 9110 §14.1: ranges-specifier = range-unit "=" range-set; the unit is case-insensitive. */
const SPECIFIER = /^bytes=(.*)$/is
/** RFC 9110 §14.1.1: int-range = first-pos "-" [ last-pos ], suffix-range = "-" suffix-length */
const RANGE_SPEC = /^(?:([0-9]+)-([0-9]*)|-([0-9]+))$/

const RANGES_MAX = 200
/** Ranges with at least so many bytes between them are not merged. */
const GAP_MIN = 3n

type BigRange = { readonly from: bigint; readonly to: bigint }

/** Returns what a Range field selects (RFC 9110 §14.1, §14.2), computed with BigInt. */
export function referenceRange(field: string, size: number): RangeResult {
  const members = (SPECIFIER.exec(field)?.[1] ?? '')
    .split(',')
    .map(member => member.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter(member => member !== '')
  const specs = members.map(member => RANGE_SPEC.exec(member))
  if (members.length === 0 || members.length > RANGES_MAX || !specs.every(isValid))
    return { kind: 'whole' }
  const ranges = specs
    .map(spec => bigRangeOf(spec, BigInt(size)))
    .filter(range => range !== undefined)
  // An empty file: no Content-Range can describe a part of it.
  if (size === 0) return { kind: 'whole' }
  if (ranges.length === 0) return { kind: 'unsatisfiable' }
  return { kind: 'ranges', ranges: mergeAll(ranges).map(asByteRange) }
}

function isValid(spec: RegExpExecArray | null): spec is RegExpExecArray {
  return spec !== null && !(spec[2] && BigInt(spec[2]) < BigInt(spec[1]!))
}

/** RFC 9110 §14.1.2: the selected bytes that exist; undefined for an unsatisfiable range. */
function bigRangeOf([, first, last, suffix]: RegExpExecArray, size: bigint): BigRange | undefined {
  const atMost = (position: bigint): bigint => (position < size ? position : size)
  if (suffix !== undefined)
    return BigInt(suffix) === 0n ? undefined : { from: size - atMost(BigInt(suffix)), to: size }
  if (BigInt(first!) >= size) return undefined
  return { from: BigInt(first!), to: last ? atMost(BigInt(last) + 1n) : size }
}

/** Merges two ranges that are near, at the position of the first, until no two are near. */
function mergeAll(ranges: readonly BigRange[]): readonly BigRange[] {
  for (const [i, a] of ranges.entries())
    for (const [j, b] of ranges.entries())
      if (i < j && a.from - b.to < GAP_MIN && b.from - a.to < GAP_MIN) {
        const merged = { from: a.from < b.from ? a.from : b.from, to: a.to > b.to ? a.to : b.to }
        return mergeAll(ranges.with(i, merged).toSpliced(j, 1))
      }
  return ranges
}

function asByteRange({ from, to }: BigRange): ByteRange {
  return { from: Number(from), to: Number(to) }
}
