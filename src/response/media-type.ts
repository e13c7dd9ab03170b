import otherTypes from 'mime/types/other.js'
import standardTypes from 'mime/types/standard.js'
import { typeOfKnownName } from './known-names.ts'

/** The extensions of each type. */
const TYPES: readonly Readonly<Record<string, readonly string[]>>[] = [standardTypes, otherTypes]

/**
 * The types of the extensions that were looked up. A map of all extensions, as `mime` makes, takes
 * 3 to 14 ms at start; a search takes 0.05 ms.
 */
const found = new Map<string, string | undefined>()
const FOUND_MAX = 4096

/** Types beside text/*, +json and +xml that occur on static sites and that gzip makes smaller. */
const COMPRESSIBLE = new Set([
  ...['application/javascript', 'application/json', 'application/sql', 'application/toml'],
  ...['application/jsonl', 'application/link-format', 'application/x-ndjson'],
  ...['application/wasm', 'application/xml', 'application/x-tar'],
  ...['application/x-sh', 'application/x-subrip', 'application/vnd.apple.mpegurl'],
  ...['application/vnd.ms-fontobject', 'font/collection', 'font/otf', 'font/ttf'],
  ...['image/bmp', 'image/vnd.microsoft.icon', 'image/x-icon'],
  ...['model/gltf-binary', 'model/mtl', 'model/obj', 'model/stl'],
])

/**
 * Returns the Content-Type for the name of a file or its path below the root;
 * `application/octet-stream` for an unknown one.
 *
 * Only text/* gets a charset: JSON has no such parameter (RFC 8259 §11), and on XML, including SVG,
 * it would override the encoding that the document declares (RFC 7303 §3.2).
 *
 * @example
 * mediaTypeOf('index.html') // => 'text/html; charset=utf-8'
 * mediaTypeOf('a.wasm') // => 'application/wasm'
 */
export function mediaTypeOf(path: string): string {
  const type = typeOfKnownName(path) ?? knownMediaTypeOf(path) ?? 'application/octet-stream'
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type
}

/** Returns the type that `mime` has, without parameters, `undefined` for an unknown extension. */
export function knownMediaTypeOf(name: string): string | undefined {
  // Neither the name of a hidden file nor a `*`, which marks types that are not preferred.
  const [, extension] = /[^/\\]\.([^./\\*]*)$/.exec(name) ?? []
  if (extension === undefined) return undefined
  const key = extension.toLowerCase()
  if (found.has(key)) return found.get(key)
  if (found.size === FOUND_MAX) found.clear()
  const type = findType(key)
  found.set(key, type)
  return type
}

function findType(extension: string): string | undefined {
  for (const types of TYPES)
    for (const type in types) if (types[type]!.includes(extension)) return type
  return undefined
}

/**
 * Whether content of this media type, with or without parameters, is worth compressing.
 *
 * @example
 * isCompressible('image/svg+xml') // => true
 * isCompressible('image/png') // => false
 */
export function isCompressible(mediaType: string): boolean {
  const type = mediaType.split(';', 1)[0]!.trim().toLowerCase()
  return /^text\/|\+(?:json|xml)$/.test(type) || COMPRESSIBLE.has(type)
}
