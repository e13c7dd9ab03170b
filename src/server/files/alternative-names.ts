/**
 * How many other names are tried: enough for a drop box, and an end to what one request can ask of
 * the disk.
 */
const TRIES_MAX = 1000
/** What the file systems of our day allow, and what a path that is asked for may have. */
const NAME_BYTES_MAX = 255
/** A longer ending tells no type. */
const EXTENSION_BYTES_MAX = 32

/**
 * Names like this one, for a file that cannot have it, in the order to try them: `a.txt`: `a
 * (1).txt`, `a (2).txt`.
 */
export function* alternativeNames(name: string): Generator<string, undefined> {
  const extension = extensionOf(name)
  const stem = name.slice(0, name.length - extension.length)
  for (let number = 1; number <= TRIES_MAX; number++) {
    const ending = ` (${number})${extension}`
    yield shortened(stem, NAME_BYTES_MAX - Buffer.byteLength(ending)) + ending
  }
}

function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 ? name.slice(dot) : ''
  return Buffer.byteLength(extension) > EXTENSION_BYTES_MAX ? '' : extension
}

/** As much of a text as there is room for, in whole characters. */
function shortened(text: string, bytesMax: number): string {
  let left = bytesMax
  let short = ''
  for (const character of text) {
    left -= Buffer.byteLength(character)
    if (left < 0) break
    short += character
  }
  return short
}
