import { mayHaveBytes, percentDecode, percentEncode, wellFormed } from './name-bytes.ts'

/** Why a path is refused, by code. */
export const TARGET_PATH_ERRORS = {
  'not-absolute': 'The path does not begin with a slash.',
  'raw-character': 'The path contains a character that must be percent-encoded.',
  'bad-encoding': 'A percent-encoding is incomplete, not hexadecimal, or not UTF-8.',
  'control-character': 'The path contains an encoded control character.',
  backslash: 'The path contains a backslash.',
  'encoded-slash': 'The path contains an encoded slash, which no file name can.',
  'dot-segment': 'The path contains an encoded segment "." or "..", or leads above the root.',
  'not-canonical': 'The path contains an empty segment, or a segment "." or "..".',
  dotfile: 'Names that begin with a dot are not served.',
  'segment-too-long': 'A segment of the path is longer than 255 bytes.',
  'windows-name': 'A segment of the path has a special meaning on Windows.',
} as const

export type TargetPathErrorCode = keyof typeof TARGET_PATH_ERRORS

type RefusalCode = Exclude<TargetPathErrorCode, 'not-canonical' | 'encoded-slash'>

/** Well-formed paths that no file has: their status is 404, not 400. */
const NOT_FOUND: readonly RefusalCode[] = ['dotfile', 'segment-too-long', 'windows-name']

/** The path as segments, or why it is refused. */
export type TargetPathResult =
  | {
      readonly ok: true
      /** Decoded; none is empty. */
      readonly segments: readonly string[]
      /** Whether the path ends in a slash. */
      readonly isFolder: boolean
      /** The canonical decoded form: `/`, `/a`, `/a/`. */
      readonly path: string
    }
  | {
      readonly ok: false
      readonly code: 'not-canonical'
      readonly status: 301
      readonly reason: string
      /** The canonical path, percent-encoded. It begins with exactly one slash. */
      readonly location: string
    }
  | {
      readonly ok: false
      readonly code: 'encoded-slash'
      readonly status: 404
      readonly reason: string
      /** The canonical decoded form, but for slashes in segments, which stay `%2F`. */
      readonly path: string
    }
  | {
      readonly ok: false
      readonly code: RefusalCode
      readonly status: 400 | 404
      readonly reason: string
    }

interface TargetPathOptions {
  /** Allows names that begin with a dot. */
  readonly dotfiles?: boolean
  /**
   * Allows names that are not UTF-8, such as `%E9` for é in Latin-1. Each such byte is a lone
   * surrogate in the segment, here U+DCE9.
   */
  readonly bytes?: boolean
  /** Refuses names that Windows would resolve to another file, a stream or a device. */
  readonly windows?: boolean
}

const SEGMENT_BYTES_MAX = 255

// A stream `a:b`, a short name `SECRET~1`, a final dot or space, which Windows drops, or a device.
const WINDOWS_NAME =
  /:|~[0-9]|[. ]$|^(?:con|prn|aux|nul|con(?:in|out)\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)/i

/**
 * Parses the path of a request target, up to `?`, into segments below a root. A path that two
 * readers could interpret differently is refused, so that rules, cache and file system all see the
 * same name. Empty segments, `.` and `..` are refused with the path without them: the client may be
 * redirected there.
 *
 * @example
 * const result = parseTargetPath('/caf%C3%A9/')
 * result.ok && result.segments // => ['café']
 * parseTargetPath('/a/%2e%2e/b').ok // => false
 * parseTargetPath('//a/../b').location // => '/b'
 */
export function parseTargetPath(raw: string, options: TargetPathOptions = {}): TargetPathResult {
  if (raw[0] !== '/') return refuse('not-absolute')
  const rawSegments = raw.split('/').slice(1)
  const isFolder = isNavigational(rawSegments.at(-1)!)

  const segments: string[] = []
  let navigational = 0
  for (const rawSegment of rawSegments) {
    if (isNavigational(rawSegment)) {
      navigational++
      if (rawSegment === '..' && segments.pop() === undefined) return refuse('dot-segment')
      continue
    }
    // RFC 3986 §2.4: decode once, after splitting.
    const segment = decode(rawSegment, options.bytes)
    if (segment === undefined) return refuse('bad-encoding')
    const code = errorIn(rawSegment, segment, segments.length === 0, options)
    if (code !== undefined) return refuse(code)
    segments.push(segment)
  }
  const isCanonical = navigational === 0 || (navigational === 1 && rawSegments.at(-1) === '')
  if (!isCanonical) {
    const location = joinSegments(segments.map(encodeSegment), isFolder)
    const code = 'not-canonical'
    return { ok: false, code, status: 301, reason: TARGET_PATH_ERRORS[code], location }
  }
  if (segments.some(segment => segment.includes('/'))) {
    const path = joinSegments(
      segments.map(segment => segment.replaceAll('/', '%2F')),
      isFolder,
    )
    const code = 'encoded-slash'
    return { ok: false, code, status: 404, reason: TARGET_PATH_ERRORS[code], path }
  }
  return { ok: true, segments, isFolder, path: joinSegments(segments, isFolder) }
}

/** Whether a segment names nothing, but says where to go, or is empty. */
function isNavigational(rawSegment: string): boolean {
  return rawSegment === '' || isDots(rawSegment)
}

function isDots(segment: string): boolean {
  return segment === '.' || segment === '..'
}

/**
 * Formats decoded segments as a path for href and Location. It begins with exactly one slash,
 * whatever the segments.
 *
 * @example
 * encodePath(['a b', 'ü']) // => '/a%20b/%C3%BC'
 */
export function encodePath(segments: readonly string[], isFolder = false): string {
  const encoded = segments.map(percentEncode)
  return joinSegments(encoded.filter(Boolean), isFolder)
}

/** Characters that `encodeURIComponent` encodes, and a segment may have (RFC 3986 §3.3). */
const ALLOWED_IN_SEGMENT = /%(?:24|26|2B|2C|3A|3B|3D|40)/g

/** Formats a decoded segment for a Location, with no more encodings than it needs. */
export function encodeSegment(segment: string): string {
  return percentEncode(segment).replace(ALLOWED_IN_SEGMENT, decodeURIComponent)
}

function errorIn(
  rawSegment: string,
  segment: string,
  isFirst: boolean,
  options: TargetPathOptions,
): RefusalCode | undefined {
  if (segment.includes('\\')) return 'backslash'
  if (/[^!-~]/.test(rawSegment)) return 'raw-character'
  if (/[\0-\x1f\x7f]/.test(segment)) return 'control-character'
  if (isDots(segment)) return 'dot-segment'
  if (segment.includes('/') && segment.split('/').some(isDots)) return 'dot-segment'
  // RFC 8615 §3: /.well-known/ exists at the root only.
  if (segment[0] === '.' && !options.dotfiles && !(isFirst && segment === '.well-known'))
    return 'dotfile'
  const escapes = rawSegment.split('%').length - 1
  if (rawSegment.length - 2 * escapes > SEGMENT_BYTES_MAX) return 'segment-too-long'
  return options.windows && WINDOWS_NAME.test(segment) ? 'windows-name' : undefined
}

function refuse(code: RefusalCode): TargetPathResult {
  return {
    ok: false,
    code,
    status: NOT_FOUND.includes(code) ? 404 : 400,
    reason: TARGET_PATH_ERRORS[code],
  }
}

function joinSegments(segments: readonly string[], isFolder: boolean): string {
  return `/${segments.join('/')}${isFolder && segments.length > 0 ? '/' : ''}`
}

function decode(rawSegment: string, bytes: boolean | undefined): string | undefined {
  const segment = percentDecode(rawSegment)
  return segment === undefined || bytes || !mayHaveBytes(segment) ? segment : decodeUtf8(segment)
}

/** Returns the segment unless it has bytes that are not UTF-8. */
function decodeUtf8(segment: string): string | undefined {
  return wellFormed(segment) === segment ? segment : undefined
}
