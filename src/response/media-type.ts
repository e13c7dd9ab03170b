import mime from 'mime'

/** Types beside text/*, +json and +xml that occur on static sites and that gzip makes smaller. */
const COMPRESSIBLE = new Set([
  ...['application/javascript', 'application/json', 'application/sql', 'application/toml'],
  ...['application/node', 'application/wasm', 'application/xml', 'application/x-tar'],
  ...['application/x-sh', 'application/x-subrip', 'application/vnd.apple.mpegurl'],
  ...['application/vnd.ms-fontobject', 'font/collection', 'font/otf', 'font/ttf'],
  ...['image/bmp', 'image/vnd.microsoft.icon', 'image/x-icon'],
  ...['model/gltf-binary', 'model/mtl', 'model/obj', 'model/stl'],
])

/**
 * Returns the Content-Type for a file name; `application/octet-stream` for an unknown extension.
 *
 * Only text/* gets a charset: JSON has no such parameter (RFC 8259 §11), and on XML, including SVG,
 * it would override the encoding that the document declares (RFC 7303 §3.2).
 *
 * @example
 * mediaTypeOf('index.html') // => 'text/html; charset=utf-8'
 * mediaTypeOf('a.wasm') // => 'application/wasm'
 */
export function mediaTypeOf(name: string): string {
  const type = knownMediaTypeOf(name) ?? 'application/octet-stream'
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type
}

/** Returns the media type without parameters, `undefined` if the extension is unknown. */
export function knownMediaTypeOf(name: string): string | undefined {
  // `mime` takes a bare `js` for an extension; after a slash it is a file name without one.
  return mime.getType(`/${name}`) ?? undefined
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
