/** From the first byte to the last, both included. */
export type Slice = { readonly first: number; readonly last: number }

/**
 * What a Range field asks of a file, by RFC 9110 §14.1 and §14.2: parts of it, nothing that it has, a unit that is not bytes,
 * nothing that can be understood, or nothing that is clear: white space that may be taken for no part of it.
 */
export type Wanted =
  | { readonly kind: 'slices'; readonly form: string; readonly slices: readonly Slice[] }
  | { readonly kind: 'unsatisfiable' | 'another unit' | 'invalid' | 'doubtful' }

/** Plain and slow: the measure, not the server. */
export function wantedOf(range: string, length: number): Wanted {
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
  const slices = parsed
    .map(match => sliceOf(match![1]!, match![2]!, length))
    .filter(slice => slice !== undefined)
  if (slices.length === 0) return { kind: 'unsatisfiable' }
  const form = specs.length > 1 ? 'several' : formOf(parsed[0]![1]!, parsed[0]![2]!)
  // RFC 9110 §14.1: the names of units are case-insensitive.
  return { kind: 'slices', form: unit === 'bytes' ? form : 'unit in capitals', slices }
}

function isReversed(first: string, last: string): boolean {
  if (first === '') return last === ''
  return last !== '' && BigInt(last) < BigInt(first)
}

/** Undefined where the file has no such bytes. */
function sliceOf(first: string, last: string, length: number): Slice | undefined {
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
