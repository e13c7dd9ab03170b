import type { ByteRange, RangeOutcome } from '#src/response/index.js'

/** RFC 9110 §14.1: ranges-specifier = range-unit "=" range-set, range-unit = token, in no particular case. */
const SPECIFIER = /^bytes=(.*)$/is
/** RFC 9110 §14.1.1: int-range = first-pos "-" [ last-pos ], suffix-range = "-" suffix-length */
const RANGE_SPEC = /^(?:([0-9]+)-([0-9]*)|-([0-9]+))$/

const RANGES_MAX = 16
/** Bytes between ranges that stay apart. */
const GAP_MIN = 3n

type Slice = { readonly from: bigint; readonly to: bigint }

/** What a Range field comes to, read slowly from RFC 9110 §14.1 and §14.2, with numbers that have no end. */
export function readByteRange(field: string, size: number): RangeOutcome {
  const members = (SPECIFIER.exec(field)?.[1] ?? '')
    .split(',')
    .map(member => member.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter(member => member !== '')
  const specs = members.map(member => RANGE_SPEC.exec(member))
  if (members.length === 0 || members.length > RANGES_MAX || !specs.every(isValid))
    return { kind: 'whole' }
  const slices = specs.map(spec => sliceOf(spec, BigInt(size))).filter(slice => slice !== undefined)
  if (slices.length === 0) return { kind: 'unsatisfiable' }
  // All of nothing: there is no Content-Range for it.
  if (size === 0) return { kind: 'whole' }
  return { kind: 'ranges', ranges: mergeAll(slices).map(asRange) }
}

function isValid(spec: RegExpExecArray | null): spec is RegExpExecArray {
  return spec !== null && !(spec[2] && BigInt(spec[2]) < BigInt(spec[1]!))
}

/** RFC 9110 §14.1.2: the bytes, as far as there are any; undefined for a range that is not satisfiable. */
function sliceOf([, first, last, suffix]: RegExpExecArray, size: bigint): Slice | undefined {
  const atMost = (position: bigint): bigint => (position < size ? position : size)
  if (suffix !== undefined)
    return BigInt(suffix) === 0n ? undefined : { from: size - atMost(BigInt(suffix)), to: size }
  if (BigInt(first!) >= size) return undefined
  return { from: BigInt(first!), to: last ? atMost(BigInt(last) + 1n) : size }
}

/** Any two that are near are one, in the place of the first, until no two are. */
function mergeAll(slices: readonly Slice[]): readonly Slice[] {
  for (const [i, a] of slices.entries())
    for (const [j, b] of slices.entries())
      if (i < j && a.from - b.to < GAP_MIN && b.from - a.to < GAP_MIN) {
        const both = { from: a.from < b.from ? a.from : b.from, to: a.to > b.to ? a.to : b.to }
        return mergeAll(slices.with(i, both).toSpliced(j, 1))
      }
  return slices
}

function asRange({ from, to }: Slice): ByteRange {
  return { from: Number(from), to: Number(to) }
}
