/*
 * The states of the parser and the edges between them, as data. `docs/parser-states.md` is drawn
 * from it. A test compares the edges with those that the machines take: all of these and no others.
 * The parser takes an edge at each byte, and at `end()`, once it has consumed all fed bytes.
 */

/** In the order of their numbers in `head-machine.ts`. */
export const HEAD_STATES = [
  'REQUEST_START',
  'EMPTY_LINE_LF',
  'METHOD',
  'TARGET',
  'HTTP_NAME',
  'MAJOR',
  'DOT',
  'MINOR',
  'REQUEST_LINE_CR',
  'REQUEST_LINE_LF',
  'FIELD_START',
  'FIELD_NAME',
  'VALUE_START',
  'VALUE',
  'FIELD_LINE_LF',
  'SECTION_LF',
] as const

/** In the order of their numbers in `chunked-machine.ts`. */
export const CHUNK_STATES = [
  'SIZE_START',
  'SIZE',
  'EXTENSION_START',
  'EXTENSION_NAME',
  'EXTENSION_VALUE',
  'TOKEN',
  'QUOTED',
  'QUOTED_PAIR',
  'EXTENSION_END',
  'SIZE_LF',
  'DATA_CR',
  'DATA_LF',
] as const

/** A state of one of the two machines, or of the message while neither runs. */
export type StateName =
  | (typeof HEAD_STATES)[number]
  | (typeof CHUNK_STATES)[number]
  | 'CONTENT'
  | 'DATA'
  | 'CLOSED'
  | 'FAILED'

/**
 * The edges: from a state, by what, to a state. Every state but CLOSED has one more edge, to
 * FAILED, by any other byte or by `end()`.
 */
export const EDGES: readonly (readonly [from: StateName, by: string, to: StateName])[] = [
  ['REQUEST_START', 'CR', 'EMPTY_LINE_LF'],
  ['REQUEST_START', 'tchar', 'METHOD'],
  ['REQUEST_START', 'end()', 'CLOSED'],
  ['EMPTY_LINE_LF', 'LF', 'REQUEST_START'],
  ['EMPTY_LINE_LF', 'end()', 'CLOSED'],
  ['METHOD', 'tchar', 'METHOD'],
  ['METHOD', 'SP', 'TARGET'],
  ['TARGET', 'target char', 'TARGET'],
  ['TARGET', 'SP', 'HTTP_NAME'],
  ['HTTP_NAME', 'H T T P', 'HTTP_NAME'],
  ['HTTP_NAME', '/', 'MAJOR'],
  ['MAJOR', 'DIGIT', 'DOT'],
  ['DOT', '.', 'MINOR'],
  ['MINOR', 'DIGIT', 'REQUEST_LINE_CR'],
  ['REQUEST_LINE_CR', 'CR', 'REQUEST_LINE_LF'],
  ['REQUEST_LINE_LF', 'LF', 'FIELD_START'],
  ['FIELD_START', 'tchar', 'FIELD_NAME'],
  ['FIELD_START', 'CR', 'SECTION_LF'],
  ['FIELD_NAME', 'tchar', 'FIELD_NAME'],
  ['FIELD_NAME', ':', 'VALUE_START'],
  ['VALUE_START', 'OWS', 'VALUE_START'],
  ['VALUE_START', 'value char', 'VALUE'],
  ['VALUE_START', 'CR', 'FIELD_LINE_LF'],
  ['VALUE', 'value char', 'VALUE'],
  ['VALUE', 'CR', 'FIELD_LINE_LF'],
  ['FIELD_LINE_LF', 'LF', 'FIELD_START'],
  ['SECTION_LF', 'LF, no content or after trailers', 'REQUEST_START'],
  ['SECTION_LF', 'LF, the last request', 'CLOSED'],
  ['SECTION_LF', 'LF, Content-Length', 'CONTENT'],
  ['SECTION_LF', 'LF, chunked', 'SIZE_START'],
  ['CONTENT', 'byte', 'CONTENT'],
  ['CONTENT', 'last byte', 'REQUEST_START'],
  ['CONTENT', 'last byte, the last request', 'CLOSED'],
  ['SIZE_START', 'HEXDIG', 'SIZE'],
  ['SIZE', 'HEXDIG', 'SIZE'],
  ['SIZE', ';', 'EXTENSION_START'],
  ['SIZE', 'CR', 'SIZE_LF'],
  ['EXTENSION_START', 'tchar', 'EXTENSION_NAME'],
  ['EXTENSION_NAME', 'tchar', 'EXTENSION_NAME'],
  ['EXTENSION_NAME', ';', 'EXTENSION_START'],
  ['EXTENSION_NAME', '=', 'EXTENSION_VALUE'],
  ['EXTENSION_NAME', 'CR', 'SIZE_LF'],
  ['EXTENSION_VALUE', 'tchar', 'TOKEN'],
  ['EXTENSION_VALUE', 'DQUOTE', 'QUOTED'],
  ['TOKEN', 'tchar', 'TOKEN'],
  ['TOKEN', ';', 'EXTENSION_START'],
  ['TOKEN', 'CR', 'SIZE_LF'],
  ['QUOTED', 'qdtext', 'QUOTED'],
  ['QUOTED', 'backslash', 'QUOTED_PAIR'],
  ['QUOTED', 'DQUOTE', 'EXTENSION_END'],
  ['QUOTED_PAIR', 'value char', 'QUOTED'],
  ['EXTENSION_END', ';', 'EXTENSION_START'],
  ['EXTENSION_END', 'CR', 'SIZE_LF'],
  ['SIZE_LF', 'LF', 'DATA'],
  ['SIZE_LF', 'LF, size 0', 'FIELD_START'],
  ['DATA', 'byte', 'DATA'],
  ['DATA', 'last byte', 'DATA_CR'],
  ['DATA_CR', 'CR', 'DATA_LF'],
  ['DATA_LF', 'LF', 'SIZE_START'],
]
