import * as fc from 'fast-check'
import { DEFAULT_LIMITS, type Limits } from '#src/parser/index.js'
import { type FieldModel, printFieldLine, printFields, type RequestModel } from './request-model.ts'

/** The limits that a request can be brought to without much content. */
export const STRETCHED = [
  'requestLineBytesMax',
  'fieldLineBytesMax',
  'fieldsBytesMax',
  'fieldCountMax',
  'methodBytesMax',
  'chunkExtensionBytesMax',
  'trailersBytesMax',
] as const

export type Stretched = (typeof STRETCHED)[number]

/**
 * The request made just as large as a limit, or larger by `excess`, which may be negative. It stays as it is where it has no
 * place for that, or is larger already.
 */
export function stretch(
  model: RequestModel,
  limit: Stretched,
  excess: number,
  limits: Limits = DEFAULT_LIMITS,
): RequestModel {
  const size = limits[limit] + excess
  switch (limit) {
    case 'methodBytesMax':
      // CONNECT and OPTIONS have forms of their own.
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
    case 'chunkExtensionBytesMax': {
      if (model.content.kind !== 'chunked') return model
      const [first, ...others] = model.content.chunks
      const chunks = [
        {
          ...first!,
          extensions: pad(`${first!.extensions};a`, size - first!.extensions.length - 2),
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

/** Now and then a request at one of its limits, else the request as it is. */
export function filled(): fc.Arbitrary<(model: RequestModel) => RequestModel> {
  const asItIs = fc.constant((model: RequestModel) => model)
  const atLimit = fc
    .constantFrom(...STRETCHED)
    .map(limit => (model: RequestModel) => stretch(model, limit, 0))
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 30, arbitrary: asItIs },
    { weight: 1, arbitrary: atLimit },
  )
}

function pad(text: string, more: number): string {
  return text + 'a'.repeat(Math.max(more, 0))
}

const SHORTEST = printFieldLine({ name: 'A', before: ' ', value: '', after: '' }).length

/** A field line of this many bytes. */
function fillerOf(bytes: number): FieldModel {
  return { name: 'A', before: ' ', value: pad('', bytes - SHORTEST), after: '' }
}

/** Field lines of this many bytes in all, their ends counted, none longer than a line may be. */
function fillers(bytes: number, { fieldLineBytesMax }: Limits): FieldModel[] {
  const lines: FieldModel[] = []
  for (let rest = bytes; rest > SHORTEST + 2; ) {
    // None is left with less than a line of its own needs.
    const line = rest - 2 <= fieldLineBytesMax ? rest - 2 : fieldLineBytesMax - SHORTEST - 2
    lines.push(fillerOf(line))
    rest -= line + 2
  }
  return lines
}
