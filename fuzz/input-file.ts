/** The content of an input file: an input, and the name of the property that it is for. */
export type SavedInput = { readonly property: string; readonly input: unknown }

/** A Uint8Array in JSON: one char per byte; bytes that are not printable ASCII are `\xHH`. */
type EncodedBytes = { readonly $bytes: string }

/** Returns the text of an input file: JSON, with `{ "$bytes": "GET / \\x0d\\x0a" }` for bytes. */
export function formatInput(property: string, input: unknown): string {
  const replacer = (_: string, value: unknown): unknown =>
    value instanceof Uint8Array ? ({ $bytes: escapeBytes(value) } satisfies EncodedBytes) : value
  return `${JSON.stringify({ property, input }, replacer, 2)}\n`
}

/**
 * Parses the text of an input file.
 *
 * @throws SyntaxError for text that `formatInput()` cannot have written
 */
export function parseInput(text: string): SavedInput {
  const saved: SavedInput = JSON.parse(text, (_, value) =>
    isBytes(value) ? unescapeBytes(value.$bytes) : value,
  )
  if (typeof saved.property !== 'string' || saved.input === undefined)
    throw new SyntaxError('not an input file: it needs a "property" and an "input"')
  return saved
}

function isBytes(value: unknown): value is EncodedBytes {
  return typeof value === 'object' && value !== null && '$bytes' in value
}

function escapeBytes(bytes: Uint8Array): string {
  return Array.from(bytes, byte =>
    byte >= 0x20 && byte <= 0x7e && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('')
}

function unescapeBytes(text: string): Uint8Array {
  const chars = text.match(/\\x[0-9a-f]{2}|[ -[\]-~]/g) ?? []
  if (chars.join('') !== text) throw new SyntaxError(`malformed bytes: ${text}`)
  return Uint8Array.from(chars, char =>
    char.length > 1 ? Number(`0x${char.slice(2)}`) : char.charCodeAt(0),
  )
}
