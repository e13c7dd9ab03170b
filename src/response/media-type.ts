import mime from 'mime'

// Outside text/*, +json and +xml, what a static site holds that gzip still makes smaller.
const compressible = new Set([
  'application/javascript',
  'application/json',
  'application/node',
  'application/sql',
  'application/toml',
  'application/vnd.apple.mpegurl',
  'application/vnd.ms-fontobject',
  'application/wasm',
  'application/x-sh',
  'application/x-subrip',
  'application/x-tar',
  'application/xml',
  'font/collection',
  'font/otf',
  'font/ttf',
  'image/bmp',
  'image/vnd.microsoft.icon',
  'image/x-icon',
  'model/gltf-binary',
  'model/mtl',
  'model/obj',
  'model/stl',
])

/**
 * The Content-Type of a file by the extension of its name, `application/octet-stream` if unknown.
 *
 * Only text/* gets a charset: JSON has no such parameter (RFC 8259 §11), and on XML, SVG included, it would
 * overrule the encoding that the document declares (RFC 7303 §3.2).
 *
 * @example
 * mediaTypeOf('index.html') // => 'text/html; charset=utf-8'
 * mediaTypeOf('a.wasm') // => 'application/wasm'
 */
export function mediaTypeOf(name: string): string {
  const type = knownMediaTypeOf(name) ?? 'application/octet-stream'
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type
}

/** The media type without parameters, `undefined` for an extension that the library does not know. */
export function knownMediaTypeOf(name: string): string | undefined {
  // Given a bare `js`, mime takes it for an extension; after a slash it is a file without one.
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
  return (
    type.startsWith('text/') ||
    type.endsWith('+json') ||
    type.endsWith('+xml') ||
    compressible.has(type)
  )
}
