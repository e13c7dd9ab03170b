import { KnownField, TargetForm } from '#src/parser/index.js'
import {
  contentOf,
  type FieldModel,
  printHead,
  printRequest,
  type RequestModel,
} from '../generators/request-model.ts'
import type { FieldLine, Message } from '../observe-parser.ts'

const FORMS = {
  origin: TargetForm.Origin,
  absolute: TargetForm.Absolute,
  authority: TargetForm.Authority,
  asterisk: TargetForm.Asterisk,
} as const

/** The names of known fields in lower case (`if-none-match` for `IfNoneMatch`), and their bits. */
const RECOGNISED = Object.entries(KnownField).map(
  ([key, bit]) => [key.replace(/\B[A-Z]/g, '-$&').toLowerCase(), bit] as const,
)

/** Returns what a parser must report for a request that begins at byte `start`. */
export function expectedMessage(model: RequestModel, start = 0): Message {
  const [, path, query] = /^(?:https?:\/\/[^/?]*)?([^?]*)\??(.*)$/i.exec(model.target)!
  const { content, minorVersion } = model
  const counts = RECOGNISED.map(([name, bit]) => [linesOf(model, name).length, bit] as const)
  const bits = (min: number): number =>
    counts.reduce((mask, [count, bit]) => (count < min ? mask : mask | (1 << bit)), 0)
  return {
    method: model.method,
    target: model.target,
    version: `1.${minorVersion}`,
    form: FORMS[model.form],
    path: path === '' ? '/' : path!,
    query: query!,
    fields: model.fields.map(asLine),
    present: bits(1),
    repeated: bits(2),
    keepAlive: isPersistent(model),
    expectContinue: minorVersion > 0 && isContinue(linesOf(model, 'expect')),
    contentLength: content.kind === 'chunked' ? -1 : contentOf(model).length,
    headEnd: start + printHead(model).length,
    content: contentOf(model),
    trailers: content.kind === 'chunked' ? content.trailers.map(asLine) : [],
    end: start + printRequest(model).length,
  }
}

/** RFC 9112 §9.3 */
function isPersistent(model: RequestModel): boolean {
  const list = linesOf(model, 'connection').join()
  const options = list.split(',').map(option => option.replace(/[ \t]/g, '').toLowerCase())
  return !options.includes('close') && (model.minorVersion > 0 || options.includes('keep-alive'))
}

/** RFC 9110 §10.1.1 */
function isContinue(lines: readonly string[]): boolean {
  return lines.length > 0 && lines.every(line => /^100-continue$/i.test(line))
}

function linesOf({ fields }: RequestModel, lower: string): string[] {
  return fields.filter(({ name }) => name.toLowerCase() === lower).map(({ value }) => value)
}

function asLine({ name, value }: FieldModel): FieldLine {
  return [name, value]
}
