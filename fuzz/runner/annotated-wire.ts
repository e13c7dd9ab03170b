const COLUMNS = 88
/** Of a long wire the first and last rows and the rows around the marked byte are shown. */
const HEAD_ROWS = 32
const TAIL_ROWS = 4
const MARK_ROWS = 3

const ESCAPES: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 92: '\\\\' }

type Row = { readonly offset: number; readonly bytes: Uint8Array }

/**
 * Renders the bytes of a wire as lines, each with its offset. Bytes that are not printable ASCII
 * are escaped, and a caret marks the byte at `mark`.
 *
 * @example
 * annotatedWire(new TextEncoder().encode('GET / HTTP/1.1\r\nA:\r\n\r\n'), 18)
 * // =>
 * //  0  GET / HTTP/1.1\r\n
 * // 16  A:\r\n
 * //       ^ 18
 * // 20  \r\n
 */
export function annotatedWire(wire: Uint8Array, mark?: number): string[] {
  const rows = rowsOf(wire)
  const gutter = String(wire.length).length
  const marked = mark === undefined ? -1 : rows.findLastIndex(({ offset }) => offset <= mark)
  const shown = (index: number): boolean =>
    index < HEAD_ROWS || index >= rows.length - TAIL_ROWS || Math.abs(index - marked) < MARK_ROWS
  const lines: string[] = []
  for (const [index, { offset, bytes }] of rows.entries()) {
    if (shown(index)) lines.push(`${String(offset).padStart(gutter)}  ${escaped(bytes)}`)
    else if (shown(index - 1)) lines.push(`${' '.repeat(gutter)}  …`)
    if (index === marked) {
      const before = escaped(bytes.subarray(0, mark! - offset)).length
      lines.push(`${' '.repeat(gutter + 2 + before)}^ ${mark}`)
    }
  }
  return lines
}

/** Splits a wire into rows: one for each line, and more for a line that is too long. */
function rowsOf(wire: Uint8Array): Row[] {
  const rows: Row[] = []
  let offset = 0
  let columns = 0
  for (let at = 0; at < wire.length; at++) {
    columns += escapedByte(wire[at]!).length
    if (wire[at] !== 0x0a && columns < COLUMNS && at + 1 < wire.length) continue
    rows.push({ offset, bytes: wire.subarray(offset, at + 1) })
    offset = at + 1
    columns = 0
  }
  if (rows.length === 0) rows.push({ offset: 0, bytes: wire })
  return rows
}

function escaped(bytes: Uint8Array): string {
  return Array.from(bytes, escapedByte).join('')
}

function escapedByte(byte: number): string {
  const named = ESCAPES[byte]
  if (named !== undefined) return named
  if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte)
  return `\\x${byte.toString(16).padStart(2, '0')}`
}
