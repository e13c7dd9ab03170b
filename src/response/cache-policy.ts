/** The client revalidates the file at each use, which costs a 304. */
const REVALIDATE = 'no-cache'
/** One year, in which the client does not revalidate, even on a reload (RFC 8246). */
const IMMUTABLE = 'public, max-age=31536000, immutable'

/** Files that bundlers compile and pages load by name. People do not number them. */
const CODE_EXTENSIONS = new Set(['js', 'mjs', 'cjs', 'css', 'wasm'])
/** Files that bundlers copy, but no pages, JSON and documents: people link to their names. */
const MEDIA_EXTENSIONS = new Set([
  ...['avif', 'gif', 'ico', 'jpeg', 'jpg', 'png', 'svg', 'webp'],
  ...['eot', 'otf', 'ttf', 'woff', 'woff2'],
  ...['mp3', 'mp4', 'ogg', 'webm'],
])
/** UUIDs identify things, not contents: version 4 or 7 (RFC 9562 §5.4, §5.7), and with dashes. */
const UUID = /^[0-9a-f]{12}[47][0-9a-f]{3}[89ab][0-9a-f]{15}$/
const FINAL_UUID = /(?:^|[-_])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** Words that may stand between the hash and the extension. */
const INFIXES = new Set(['bundle', 'chunk', 'min', 'module'])
const PRECOMPRESSED_EXTENSIONS = new Set(['br', 'gz', 'zst'])

/**
 * Numbers of hexadecimal digits: webpack, Rollup 2 and Parcel 8; webpack also 10, 16, 20 and 32;
 * Next 16; Django 12; Phoenix 32; SHA-1 40, SHA-256 64, SHA-512 128.
 */
const HEX_LENGTHS = new Set([8, 10, 12, 16, 20, 32, 40, 64, 128])
/** A hash that is the whole name must be longer: cameras and people choose such short names. */
const BARE_HEX_LENGTH_MIN = 16
/** Characters in the hashes of Vite and Rollup (base64url) and esbuild (base32). */
const SHORT_HASH_LENGTH = 8

/**
 * Returns the Cache-Control of a file that no rule matches.
 *
 * @example
 * defaultCacheControl('index-BxT1_k9Q.js') // => 'public, max-age=31536000, immutable'
 * defaultCacheControl('index.html') // => 'no-cache'
 */
export function defaultCacheControl(name: string): string {
  return isHashedName(name) ? IMMUTABLE : REVALIDATE
}

/**
 * Whether a file name, with or without folders before it, contains a hash of the file's content, as
 * bundlers write it.
 *
 * The two possible errors differ in cost. If `theme-Spring24.css` is taken for hashed, clients show
 * last year's style for a year, and nothing on the server can undo it. If a hash is taken for a
 * word, each visit costs a 304. So a name that a person may have chosen counts as not hashed. Of
 * random hashes, those of 8 hexadecimal digits are missed in 10 % of cases, longer ones in 3 % at
 * most; 8 characters of base64url in 30 %; base32 in 32 %, but never after the `chunk-` of esbuild
 * and Angular. For a folder that contains only hashed names, a `cache` rule is better.
 *
 * @example
 * isHashedName('main.3f9a1c2b.chunk.js') // => true
 * isHashedName('report-20240131.pdf') // => false
 */
export function isHashedName(name: string): boolean {
  const parts = name.slice(name.lastIndexOf('/') + 1).split('.')
  if (PRECOMPRESSED_EXTENSIONS.has(parts.at(-1)!)) parts.pop()
  if (parts.at(-1) === 'map') parts.pop()
  const extension = parts.pop()!
  const isCode = CODE_EXTENSIONS.has(extension)
  if (!isCode && !MEDIA_EXTENSIONS.has(extension)) return false
  const infix = parts.length > 1 && INFIXES.has(parts.at(-1)!) ? parts.pop() : undefined

  const last = parts.pop() ?? ''
  const dash = last.lastIndexOf('-')
  const token = last.slice(dash + 1)
  if (dash >= 0 || parts.length > 0) {
    if (isHexHash(token, infix === 'chunk') && !FINAL_UUID.test(last)) return true
    // A base64url hash may itself contain dashes and underscores.
    const short = last.slice(-SHORT_HASH_LENGTH)
    const before = last[last.length - SHORT_HASH_LENGTH - 1]
    if (before === undefined ? parts.length === 0 : before !== '-') return false
    return (
      isBase64urlHash(short) || (isCode && isBase32Hash(short, last.slice(0, -SHORT_HASH_LENGTH)))
    )
  }
  // Not for images: avatars are named by the hash of an e-mail address.
  return isCode && token.length >= BARE_HEX_LENGTH_MIN && isHexHash(token, false)
}

/** Excludes numbers, words with a year, ticket numbers (`b0012345`) and UUIDs. */
function isHexHash(token: string, isChunk: boolean): boolean {
  if (!HEX_LENGTHS.has(token.length) || !/^[0-9a-f]+$/.test(token) || UUID.test(token)) return false
  if (!/[0-9]/.test(token) || !/[a-f]/.test(token)) return false
  // Only webpack writes `.chunk.js`, so no person chose the token.
  if (isChunk || token.length > SHORT_HASH_LENGTH) return true
  return splitWords(token).length >= 3 && !/19[0-9]{2}|20[0-9]{2}/.test(token)
}

/** A hash is many short words: `BxT1_k9Q` is six. `iPadPro2` is four, two of them long. */
function isBase64urlHash(token: string): boolean {
  if (!/^[0-9A-Za-z_-]{8}$/.test(token)) return false
  // Excludes versions such as `v1-2-3-4`.
  if (/[_-]/.test(token) && !(/[a-z]/.test(token) && /[A-Z]/.test(token))) return false
  const words = splitWords(token)
  const inLongWords = words.filter(word => word.length >= 3).join('').length
  return words.length >= 5 || (words.length === 4 && inLongWords <= 3)
}

/** Upper-case words are rare in names of code, but `SPRING24` and `IMG0001A` are possible. */
function isBase32Hash(token: string, before: string): boolean {
  if (!/^[A-Z2-7]{8}$/.test(token)) return false
  if (before === 'chunk-') return /[A-Z]/.test(token)
  return splitWords(token).length >= 3 && !/[0-9]{3}/.test(token)
}

/** Splits a token as a person reads it: into words, abbreviations and numbers. */
function splitWords(token: string): string[] {
  return token.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+/g) ?? []
}
