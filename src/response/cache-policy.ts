/** Asked for again at each use, which costs a 304. */
const REVALIDATED = 'no-cache'
/** A year, the longest that RFC 9111 knew of; RFC 8246: not asked for again at a reload either. */
const KEPT_FOR_EVER = 'public, max-age=31536000, immutable'

/** What bundlers compile, and what browsers load by a name written into it: nobody names these by serial number. */
const CODE = new Set(['js', 'mjs', 'cjs', 'css', 'wasm'])
/** What bundlers copy. Pages, JSON and documents are missing: their names are addresses that people keep. */
const MEDIA = new Set([
  ...['avif', 'gif', 'ico', 'jpeg', 'jpg', 'png', 'svg', 'webp'],
  ...['eot', 'otf', 'ttf', 'woff', 'woff2'],
  ...['mp3', 'mp4', 'ogg', 'webm'],
])
/** May stand between the hash and the extension. */
const MIDDLES = new Set(['bundle', 'chunk', 'min', 'module'])
const PRECOMPRESSED = new Set(['br', 'gz', 'zst'])

/** In digits: webpack, Rollup 2, Parcel 8; webpack 10, 16, 20, 32; Next 16; Django 12; Phoenix 32; SHA-1, SHA-256, SHA-512. */
const HEX_LENGTHS = new Set([8, 10, 12, 16, 20, 32, 40, 64, 128])
/** A hash that has the whole name to itself has to be longer, since so are the names that cameras and people give. */
const BARE_HEX_LENGTH_MIN = 16
/** Vite, Rollup (base64url) and esbuild (base32). */
const SHORT_LENGTH = 8

/**
 * The Cache-Control of a file that no rule says anything about.
 *
 * @example
 * defaultCacheControl('index-BxT1_k9Q.js') // => 'public, max-age=31536000, immutable'
 * defaultCacheControl('index.html') // => 'no-cache'
 */
export function defaultCacheControl(name: string): string {
  return isHashedName(name) ? KEPT_FOR_EVER : REVALIDATED
}

/**
 * Whether the name of a file, with or without folders before it, holds a hash of its content, as bundlers put it there.
 *
 * The two errors do not weigh the same. Who takes `theme-Spring24.css` for hashed shows last year's style for a year, and nothing
 * on the server can undo it; who takes a hash for a word asks for a 304 at each visit. So what a person may have written is not a
 * hash. Of random hashes this misses, of 8 hexadecimal digits 10 %, of longer ones 3 % at most; of 8 characters of base64url
 * 30 %; of base32 32 %, but behind the `chunk-` of esbuild and Angular none. A folder that holds nothing but hashed names is
 * better told by a rule.
 *
 * @example
 * isHashedName('main.3f9a1c2b.chunk.js') // => true
 * isHashedName('report-20240131.pdf') // => false
 */
export function isHashedName(name: string): boolean {
  const parts = name.slice(name.lastIndexOf('/') + 1).split('.')
  if (PRECOMPRESSED.has(parts.at(-1)!)) parts.pop()
  if (parts.at(-1) === 'map') parts.pop()
  const extension = parts.pop()!
  const isCode = CODE.has(extension)
  if (!isCode && !MEDIA.has(extension)) return false
  const middle = parts.length > 1 && MIDDLES.has(parts.at(-1)!) ? parts.pop() : undefined

  const last = parts.pop() ?? ''
  const dash = last.lastIndexOf('-')
  const token = last.slice(dash + 1)
  if (dash >= 0 || parts.length > 0) {
    if (isHexHash(token, middle === 'chunk') && !isUuidEnd(last)) return true
    // Base64url has a dash and an underscore of its own.
    const short = last.slice(-SHORT_LENGTH)
    const before = last[last.length - SHORT_LENGTH - 1]
    if (before === undefined ? parts.length === 0 : before !== '-') return false
    return isShortHash(short) || (isCode && isBase32Hash(short, last.slice(0, -SHORT_LENGTH)))
  }
  // Avatars are named by a hash too, but of an address.
  return isCode && token.length >= BARE_HEX_LENGTH_MIN && isHexHash(token, false)
}

/** Not a number, a year in words, a ticket (`b0012345`) or an identifier. */
function isHexHash(token: string, isChunk: boolean): boolean {
  if (!HEX_LENGTHS.has(token.length) || !/^[0-9a-f]+$/.test(token) || isUuid(token)) return false
  if (!/[0-9]/.test(token) || !/[a-f]/.test(token)) return false
  // Only webpack writes `.chunk.js`.
  if (isChunk || token.length > SHORT_LENGTH) return true
  return piecesOf(token).length >= 3 && !/19[0-9]{2}|20[0-9]{2}/.test(token)
}

/** `iPadPro2` is four pieces, three of them long; `BxT1_k9Q` is six short ones. */
function isShortHash(token: string): boolean {
  if (!/^[0-9A-Za-z_-]{8}$/.test(token)) return false
  // A version: `v1-2-3-4`.
  if (/[_-]/.test(token) && !(/[a-z]/.test(token) && /[A-Z]/.test(token))) return false
  const pieces = piecesOf(token)
  return pieces.length >= 5 || (pieces.length === 4 && longOnes(pieces) <= 3)
}

/** Words in capitals are rare in names of code, but `SPRING24` and `IMG0001A` are thinkable. */
function isBase32Hash(token: string, before: string): boolean {
  if (!/^[A-Z2-7]{8}$/.test(token)) return false
  if (before === 'chunk-') return /[A-Z]/.test(token)
  return piecesOf(token).length >= 3 && !/[0-9]{3}/.test(token)
}

/** What a person would read a name as: words, abbreviations, numbers. */
function piecesOf(token: string): string[] {
  return token.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+/g) ?? []
}

function longOnes(pieces: readonly string[]): number {
  return pieces.filter(piece => piece.length >= 3).join('').length
}

/** A random one without its dashes (RFC 9562 §5.4, §5.7): the name of a thing, not of its content. */
function isUuid(token: string): boolean {
  return /^[0-9a-f]{12}[47][0-9a-f]{3}[89ab][0-9a-f]{15}$/.test(token)
}

function isUuidEnd(text: string): boolean {
  return /(?:^|[-_])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}
