/** An input of a property as it is kept in a file. */
export type KeptInput = { readonly property: string; readonly input: unknown }

/** Stands for an array of bytes, one char a byte, all but printable ASCII as `\xHH`. */
type Bytes = { readonly $bytes: string }

/**
 * The file: JSON, with `{ "$bytes": "GET / \\x0d\\x0a" }` for an array of bytes.
 */
export function formatInput(property: string, input: unknown): string {
  const replacer = (_: string, value: unknown): unknown =>
    value instanceof Uint8Array ? ({ $bytes: escapeBytes(value) } satisfies Bytes) : value
  return `${JSON.stringify({ property, input }, replacer, 2)}\n`
}

/** What `formatInput()` made. SyntaxError for what it cannot have made. */
export function parseInput(text: string): KeptInput {
  const kept: KeptInput = JSON.parse(text, (_, value) =>
    isBytes(value) ? unescapeBytes(value.$bytes) : value,
  )
  if (typeof kept.property !== 'string' || kept.input === undefined)
    throw new SyntaxError('no input of a property')
  return kept
}

function isBytes(value: unknown): value is Bytes {
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
  if (chars.join('') !== text) throw new SyntaxError(`no bytes: ${text}`)
  return Uint8Array.from(chars, char =>
    char.length > 1 ? Number(`0x${char.slice(2)}`) : char.charCodeAt(0),
  )
}
