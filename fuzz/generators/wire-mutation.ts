import * as fc from 'fast-check'
import {
  CHUNK_SIZE_STARTS,
  CHUNK_SIZES,
  FRAMING_LINES,
  HOST_LINES,
  INSERTED,
  LINE_ENDS,
  NAMES,
  QUOTED_STRINGS,
  REQUEST_LINES,
  STARTS,
  STRAYS,
  VERSIONS,
} from './suspect-text.ts'

/** Makes another wire of one, both as text of one char a byte. */
export type WireMutation = (wire: string) => string

/** Where in a wire of this length; 0 is what shrinks to. */
function place(at: number, length: number): number {
  return at % (length + 1)
}

function spliced(wire: string, at: number, removed: number, put: string): string {
  const from = place(at, wire.length)
  return wire.slice(0, from) + put + wire.slice(from + removed)
}

function ofLines(
  mutate: (lines: string[], a: number, b: number) => void,
): fc.Arbitrary<WireMutation> {
  return fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => wire => {
    const lines = wire.split('\r\n')
    mutate(lines, a % lines.length, b % lines.length)
    return lines.join('\r\n')
  })
}

function swapCase(text: string): string {
  return text === text.toLowerCase() ? text.toUpperCase() : text.toLowerCase()
}

const repeatLine = ofLines((lines, a, b) => lines.splice(b, 0, lines[a]!))
const removeLine = ofLines((lines, a) => lines.splice(a, 1))
const changeCase = ofLines((lines, a) => lines.splice(a, 1, swapCase(lines[a]!)))
const swapLines = ofLines((lines, a, b) => {
  const line = lines[a]!
  lines[a] = lines[b]!
  lines[b] = line
})

/** A line of those, after some line but the last. */
function lineOf(lines: readonly string[]): fc.Arbitrary<WireMutation> {
  return fc.tuple(fc.constantFrom(...lines), fc.nat()).map(([line, at]) => wire => {
    const ends = [...wire.matchAll(/\r\n/g)].map(({ index }) => index)
    return ends.length === 0 ? wire : spliced(wire, ends[at % ends.length]!, 0, `\r\n${line}`)
  })
}

/** Something of those in the place of what the pattern finds, of the last or of another. */
function replaceOf(pattern: RegExp, texts: readonly string[]): fc.Arbitrary<WireMutation> {
  return fc.tuple(fc.constantFrom(...texts), fc.nat()).map(([text, at]) => wire => {
    const found = [...wire.matchAll(pattern)]
    if (found.length === 0) return wire
    const { index, 0: old } = found[at % found.length]!
    return wire.slice(0, index) + text + wire.slice(index + old.length)
  })
}

/** One change of the kinds that have told parsers apart. */
export function wireMutation(): fc.Arbitrary<WireMutation> {
  const insert = fc.tuple(fc.nat(), fc.constantFrom(...INSERTED)).map(
    ([at, put]): WireMutation =>
      wire =>
        spliced(wire, at, 0, put),
  )
  const replace = fc.tuple(fc.nat(), fc.nat({ max: 255 })).map(
    ([at, byte]): WireMutation =>
      wire =>
        wire === '' ? '' : spliced(wire, at % wire.length, 1, String.fromCharCode(byte)),
  )
  const remove = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 4 })).map(
    ([at, removed]): WireMutation =>
      wire =>
        spliced(wire, at, removed, ''),
  )
  const truncate = fc.nat().map(
    (at): WireMutation =>
      wire =>
        wire.slice(0, place(at, wire.length)),
  )
  const splice = fc.tuple(fc.nat(), fc.nat({ max: 40 }), fc.nat()).map(
    ([from, length, to]): WireMutation =>
      wire =>
        spliced(wire, to, 0, wire.slice(place(from, wire.length)).slice(0, length)),
  )
  const start = fc.constantFrom(...STARTS).map(
    (text): WireMutation =>
      wire =>
        text + wire,
  )
  return fc.oneof(
    insert,
    replace,
    remove,
    truncate,
    start,
    splice,
    repeatLine,
    removeLine,
    swapLines,
    changeCase,
    lineOf(FRAMING_LINES),
    lineOf(STRAYS),
    replaceOf(/\r\n/g, LINE_ENDS),
    replaceOf(/"[^"\r\n]*"/g, QUOTED_STRINGS),
    replaceOf(/^host:.*$/gim, HOST_LINES),
    replaceOf(/^(?:transfer-encoding|content-length):.*$/gim, FRAMING_LINES),
    replaceOf(/[0-9]+/g, ['0', '1', '9', '00', 'a', '-1', '18446744073709551617']),
    replaceOf(/^[0-9a-f]+(?=[;\r])/gim, CHUNK_SIZES),
    replaceOf(/^(?=[0-9a-f]+[;\r])/gim, CHUNK_SIZE_STARTS),
    replaceOf(/^[^:\r\n]+(?=:)/gm, NAMES),
    replaceOf(/HTTP\/[0-9.]+/g, VERSIONS),
    replaceOf(/^.* HTTP\/1\.[0-9]$/gm, REQUEST_LINES),
  )
}
