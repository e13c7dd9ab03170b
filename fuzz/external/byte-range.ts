/** A range of bytes; `first` and `last` are both included. */
export type InclusiveRange = { readonly first: number; readonly last: number }

/**
 * The meaning of a Range field for a file (RFC 9110 §14.1, §14.2): ranges that the file has, none
 * that it has, a unit other than bytes, or an invalid value. A value with white space that a server
 * may accept or refuse is doubtful.
 */
export type RangeInterpretation =
  | { readonly kind: 'ranges'; readonly form: string; readonly ranges: readonly InclusiveRange[] }
  | { readonly kind: 'unsatisfiable' | 'another unit' | 'invalid' | 'doubtful' }

/** Interprets a Range field for a file of `length` bytes. */
export function interpretRange(range: string, length: number): RangeInterpretation {
  const [, unit, set] = /^([!#$%&'*+.^_`|~0-9a-z-]+)=(.*)$/is.exec(range) ?? []
  if (unit === undefined || set === undefined) return { kind: 'invalid' }
  if (unit.toLowerCase() !== 'bytes') return { kind: 'another unit' }
  if (/[ \t]/.test(set.replace(/[ \t]*,[ \t]*/g, ','))) return { kind: 'doubtful' }
  const specs = set
    .split(',')
    .map(spec => spec.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter(spec => spec !== '')
  const parsed = specs.map(spec => /^(\d*)-(\d*)$/.exec(spec))
  if (
    specs.length === 0 ||
    parsed.some(match => match === null || isReversed(match[1]!, match[2]!))
  )
    return { kind: 'invalid' }
  const ranges = parsed
    .map(match => rangeOf(match![1]!, match![2]!, length))
    .filter(range => range !== undefined)
  if (ranges.length === 0) return { kind: 'unsatisfiable' }
  const form = specs.length > 1 ? 'several' : formOf(parsed[0]![1]!, parsed[0]![2]!)
  // RFC 9110 §14.1: the names of units are case-insensitive.
  return { kind: 'ranges', form: unit === 'bytes' ? form : 'unit in capitals', ranges }
}

function isReversed(first: string, last: string): boolean {
  if (first === '') return last === ''
  return last !== '' && BigInt(last) < BigInt(first)
}

/** Returns the range's bytes that exist; undefined if there are none. */
function rangeOf(first: string, last: string, length: number): InclusiveRange | undefined {
  const clamp = (digits: string): number =>
    Number(BigInt(digits) < BigInt(length) ? BigInt(digits) : BigInt(length))
  const from = first === '' ? length - clamp(last) : clamp(first)
  const to = first === '' || last === '' ? length - 1 : Math.min(clamp(last), length - 1)
  return from < length ? { first: from, last: to } : undefined
}

function formOf(first: string, last: string): string {
  if (first === '') return 'suffix'
  return last === '' ? 'open' : 'first-last'
}
