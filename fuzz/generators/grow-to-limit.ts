import * as fc from 'fast-check'
import { DEFAULT_LIMITS, type Limits } from '#src/parser/index.js'
import {
  type ChunkModel,
  type FieldModel,
  printFieldLine,
  printFields,
  type RequestModel,
} from './request-model.ts'

/** The limits that a request can be grown to without much content. */
export const GROWABLE_LIMITS = [
  'requestLineBytesMax',
  'fieldLineBytesMax',
  'fieldsBytesMax',
  'fieldCountMax',
  'methodBytesMax',
  'chunkLineBytesMax',
  'trailersBytesMax',
] as const

export type GrowableLimit = (typeof GROWABLE_LIMITS)[number]

/**
 * Returns the request grown to the size of a limit plus `excess`, which may be negative. A request
 * that is larger already, or has no part to grow, is returned unchanged.
 */
export function growToLimit(
  model: RequestModel,
  limit: GrowableLimit,
  excess: number,
  limits: Limits = DEFAULT_LIMITS,
): RequestModel {
  const size = limits[limit] + excess
  switch (limit) {
    case 'methodBytesMax':
      // With the other forms the method is fixed: CONNECT or OPTIONS.
      return model.form === 'origin'
        ? { ...model, method: pad(model.method, size - model.method.length) }
        : model
    case 'requestLineBytesMax': {
      const rest = `${model.method}  HTTP/1.1`.length
      const target = pad(model.target, size - rest - model.target.length)
      return model.form === 'origin' || model.target.includes('?') ? { ...model, target } : model
    }
    case 'fieldLineBytesMax':
      return { ...model, fields: [...model.fields, fillerOf(size)] }
    case 'fieldsBytesMax':
      return {
        ...model,
        fields: [...model.fields, ...fillers(size - printFields(model.fields).length, limits)],
      }
    case 'fieldCountMax': {
      const more = Math.max(size - model.fields.length, 0)
      return { ...model, fields: [...model.fields, ...Array<FieldModel>(more).fill(fillerOf(4))] }
    }
    case 'chunkLineBytesMax': {
      if (model.content.kind !== 'chunked') return model
      const [first, ...others] = model.content.chunks
      const chunks = [
        {
          ...first!,
          extensions: pad(`${first!.extensions};a`, size - lineOf(first!).length - 2),
        },
        ...others,
      ]
      return { ...model, content: { ...model.content, chunks } }
    }
    case 'trailersBytesMax': {
      if (model.content.kind !== 'chunked') return model
      const { trailers } = model.content
      const more = fillers(size - printFields(trailers).length, limits)
      return { ...model, content: { ...model.content, trailers: [...trailers, ...more] } }
    }
  }
}

/**
 * Generates functions: most return a request unchanged, one in 31 grows it to one of the limits.
 */
export function sometimesAtLimit(): fc.Arbitrary<(model: RequestModel) => RequestModel> {
  const unchanged = fc.constant((model: RequestModel) => model)
  const atLimit = fc
    .constantFrom(...GROWABLE_LIMITS)
    .map(limit => (model: RequestModel) => growToLimit(model, limit, 0))
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 30, arbitrary: unchanged },
    { weight: 1, arbitrary: atLimit },
  )
}

function pad(text: string, more: number): string {
  return text + 'a'.repeat(Math.max(more, 0))
}

const SHORTEST = printFieldLine({ name: 'A', before: ' ', value: '', after: '' }).length

function lineOf({ size, extensions }: ChunkModel): string {
  return size + extensions
}

/** Returns a field line of this many bytes. */
function fillerOf(bytes: number): FieldModel {
  return { name: 'A', before: ' ', value: pad('', bytes - SHORTEST), after: '' }
}

/** Returns field lines of this many bytes in total, line ends included, each within its limit. */
function fillers(bytes: number, { fieldLineBytesMax }: Limits): FieldModel[] {
  const lines: FieldModel[] = []
  for (let rest = bytes; rest > SHORTEST + 2; ) {
    // The bytes that remain must be enough for one more line.
    const line = rest - 2 <= fieldLineBytesMax ? rest - 2 : fieldLineBytesMax - SHORTEST - 2
    lines.push(fillerOf(line))
    rest -= line + 2
  }
  return lines
}
