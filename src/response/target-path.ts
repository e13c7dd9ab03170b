const errors = {
  'not-absolute': { status: 400, reason: 'The path does not begin with a slash.' },
  'raw-character': {
    status: 400,
    reason: 'The path holds a character that has to be percent-encoded.',
  },
  'bad-encoding': {
    status: 400,
    reason: 'A percent-encoding is cut short, not hexadecimal, or not UTF-8.',
  },
  'control-character': { status: 400, reason: 'The path holds an encoded control character.' },
  backslash: { status: 400, reason: 'The path holds a backslash.' },
  'encoded-slash': { status: 400, reason: 'The path holds an encoded slash.' },
  'empty-segment': { status: 400, reason: 'The path has an empty segment.' },
  'dot-segment': { status: 400, reason: 'The path has a segment "." or "..".' },
  dotfile: { status: 404, reason: 'Names that begin with a dot are not served.' },
  'segment-too-long': { status: 404, reason: 'A segment of the path is longer than 255 bytes.' },
  'windows-name': { status: 404, reason: 'A segment of the path has another meaning to Windows.' },
} as const

export type TargetPathErrorCode = keyof typeof errors

/** The path as segments, or why it is refused. */
export type TargetPathOutcome =
  | {
      readonly ok: true
      /** Decoded, none empty. */
      readonly segments: readonly string[]
      /** Whether the path ends in a slash. */
      readonly isFolder: boolean
      /** The one decoded spelling: `/`, `/a`, `/a/`. */
      readonly path: string
    }
  | {
      readonly ok: false
      readonly code: TargetPathErrorCode
      readonly status: 400 | 404
      readonly reason: string
    }

interface TargetPathOptions {
  /** Admits names that begin with a dot. */
  readonly dotfiles?: boolean
  /** Refuses what Windows would take for another file, a stream or a device. */
  readonly windows?: boolean
}

const segmentBytesMax = 255

// A stream `a:b`, a short name `SECRET~1`, an end that Windows drops, a device.
const windowsName =
  /:|~[0-9]|[. ]$|^(?:con|prn|aux|nul|con(?:in|out)\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)/i

/**
 * The path of a request target, up to `?`, as segments below a root. What two readers could understand
 * differently is refused and never repaired, so that rules, cache and file system all see the same name.
 *
 * @example
 * const outcome = parseTargetPath('/caf%C3%A9/')
 * outcome.ok && outcome.segments // => ['café']
 * parseTargetPath('/a/%2e%2e/b').ok // => false
 */
export function parseTargetPath(raw: string, options: TargetPathOptions = {}): TargetPathOutcome {
  if (raw[0] !== '/') return refuse('not-absolute')
  const rawSegments = raw.split('/').slice(1)
  const isFolder = rawSegments.at(-1) === ''
  if (isFolder) rawSegments.pop()

  const segments: string[] = []
  for (const rawSegment of rawSegments) {
    // RFC 3986 §2.4: decoded once, after the split.
    const segment = decode(rawSegment)
    if (segment === undefined) return refuse('bad-encoding')
    const code = errorIn(rawSegment, segment, segments.length === 0, options)
    if (code !== undefined) return refuse(code)
    segments.push(segment)
  }
  return { ok: true, segments, isFolder, path: spell(segments, isFolder) }
}

/**
 * Decoded segments as a path for href and Location: one slash in front, whatever the segments.
 *
 * @example
 * encodePath(['a b', 'ü']) // => '/a%20b/%C3%BC'
 */
export function encodePath(segments: readonly string[], isFolder = false): string {
  return spell(segments.filter(segment => segment !== '').map(encode), isFolder)
}

function errorIn(
  rawSegment: string,
  segment: string,
  isFirst: boolean,
  options: TargetPathOptions,
): TargetPathErrorCode | undefined {
  if (segment === '') return 'empty-segment'
  if (segment.includes('\\')) return 'backslash'
  if (/[^!-~]/.test(rawSegment)) return 'raw-character'
  if (/[\0-\x1f\x7f]/.test(segment)) return 'control-character'
  if (segment.includes('/')) return 'encoded-slash'
  if (segment === '.' || segment === '..') return 'dot-segment'
  // RFC 8615 §3: /.well-known/ is at the root.
  if (segment[0] === '.' && !options.dotfiles && !(isFirst && segment === '.well-known'))
    return 'dotfile'
  const escapes = rawSegment.split('%').length - 1
  if (rawSegment.length - 2 * escapes > segmentBytesMax) return 'segment-too-long'
  return options.windows && windowsName.test(segment) ? 'windows-name' : undefined
}

function refuse(code: TargetPathErrorCode): TargetPathOutcome {
  return { ok: false, code, ...errors[code] }
}

function spell(segments: readonly string[], isFolder: boolean): string {
  return isFolder && segments.length > 0 ? `/${segments.join('/')}/` : `/${segments.join('/')}`
}

function decode(rawSegment: string): string | undefined {
  try {
    // As strict as it need be: it refuses overlong forms, surrogates and half an escape.
    return decodeURIComponent(rawSegment)
  } catch {
    return undefined
  }
}

function encode(segment: string): string {
  // A lone surrogate, which a Windows file name may hold, has no UTF-8 and would throw.
  return encodeURIComponent(segment.replace(/\p{Surrogate}/gu, '\ufffd'))
}
