/** How many names are tried: enough for a drop box, and a bound on the work of one request. */
const TRIES_MAX = 1000
/** What file systems allow in a name, and the server in a segment of a path. */
const NAME_BYTES_MAX = 255
/** A longer ending is not an extension. */
const EXTENSION_BYTES_MAX = 32

/** Yields names for a file whose name is taken: for `a.txt`, `a (1).txt`, `a (2).txt` and so on. */
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

/** Shortens a text to at most `bytesMax` bytes of UTF-8, in whole characters. */
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
