import * as fc from 'fast-check'
import {
  CHUNK_SIZE_STARTS,
  CHUNK_SIZES,
  FRAMING_LINES,
  HOST_LINES,
  INSERTIONS,
  LINE_ENDS,
  NAMES,
  NON_REQUESTS,
  PREFIXES,
  QUOTED_STRINGS,
  REQUEST_LINES,
  VERSIONS,
} from './suspect-text.ts'

/** Returns a changed wire; both wires are text with one char per byte. */
export type WireMutation = (wire: string) => string

/**
 * Returns an index into a wire of this length, or its end; 0, to which fast-check shrinks, is 0.
 */
function indexIn(at: number, length: number): number {
  return at % (length + 1)
}

function spliced(wire: string, at: number, removed: number, inserted: string): string {
  const from = indexIn(at, wire.length)
  return wire.slice(0, from) + inserted + wire.slice(from + removed)
}

function mutateLines(
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

const repeatLine = mutateLines((lines, a, b) => lines.splice(b, 0, lines[a]!))
const removeLine = mutateLines((lines, a) => lines.splice(a, 1))
const changeCase = mutateLines((lines, a) => lines.splice(a, 1, swapCase(lines[a]!)))
const swapLines = mutateLines((lines, a, b) => {
  const line = lines[a]!
  lines[a] = lines[b]!
  lines[b] = line
})

/** Inserts one of `lines` after any line but the last. */
function insertLine(lines: readonly string[]): fc.Arbitrary<WireMutation> {
  return fc.tuple(fc.constantFrom(...lines), fc.nat()).map(([line, at]) => wire => {
    const ends = [...wire.matchAll(/\r\n/g)].map(({ index }) => index)
    return ends.length === 0 ? wire : spliced(wire, ends[at % ends.length]!, 0, `\r\n${line}`)
  })
}

/** Replaces any one match of a pattern by one of `texts`. */
function replaceMatch(pattern: RegExp, texts: readonly string[]): fc.Arbitrary<WireMutation> {
  return fc.tuple(fc.constantFrom(...texts), fc.nat()).map(([text, at]) => wire => {
    const found = [...wire.matchAll(pattern)]
    if (found.length === 0) return wire
    const { index, 0: old } = found[at % found.length]!
    return wire.slice(0, index) + text + wire.slice(index + old.length)
  })
}

/** Generates single changes of the kinds on which parsers differ. */
export function wireMutation(): fc.Arbitrary<WireMutation> {
  const insert = fc.tuple(fc.nat(), fc.constantFrom(...INSERTIONS)).map(
    ([at, inserted]): WireMutation =>
      wire =>
        spliced(wire, at, 0, inserted),
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
        wire.slice(0, indexIn(at, wire.length)),
  )
  const splice = fc.tuple(fc.nat(), fc.nat({ max: 40 }), fc.nat()).map(
    ([from, length, to]): WireMutation =>
      wire =>
        spliced(wire, to, 0, wire.slice(indexIn(from, wire.length)).slice(0, length)),
  )
  const start = fc.constantFrom(...PREFIXES).map(
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
    insertLine(FRAMING_LINES),
    insertLine(NON_REQUESTS),
    replaceMatch(/\r\n/g, LINE_ENDS),
    replaceMatch(/"[^"\r\n]*"/g, QUOTED_STRINGS),
    replaceMatch(/^host:.*$/gim, HOST_LINES),
    replaceMatch(/^(?:transfer-encoding|content-length):.*$/gim, FRAMING_LINES),
    replaceMatch(/[0-9]+/g, ['0', '1', '9', '00', 'a', '-1', '18446744073709551617']),
    replaceMatch(/^[0-9a-f]+(?=[;\r])/gim, CHUNK_SIZES),
    replaceMatch(/^(?=[0-9a-f]+[;\r])/gim, CHUNK_SIZE_STARTS),
    replaceMatch(/^[^:\r\n]+(?=:)/gm, NAMES),
    replaceMatch(/HTTP\/[0-9.]+/g, VERSIONS),
    replaceMatch(/^.* HTTP\/1\.[0-9]$/gm, REQUEST_LINES),
  )
}
