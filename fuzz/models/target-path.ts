import { percentDecode } from './percent-decoding.ts'
import { utf8Decode } from './utf8.ts'

/** A valid path, or every reason for which a parser may refuse it. */
export type ReferencePath =
  | { readonly segments: readonly string[]; readonly isFolder: boolean; readonly path: string }
  | { readonly refusals: readonly string[] }

const WINDOWS_DEVICES = [
  'con',
  'prn',
  'aux',
  'nul',
  'conin$',
  'conout$',
  ...[...'0123456789¹²³'].flatMap(n => [`com${n}`, `lpt${n}`]),
]

/**
 * RFC 3986 §3.3: path-absolute = "/" [ segment-nz *( "/" segment ) ], with the further rules of
 * `parseTargetPath()`.
 */
export function referenceTargetPath(
  raw: string,
  options: { readonly dotfiles: boolean; readonly windows: boolean },
): ReferencePath {
  if (!raw.startsWith('/')) return { refusals: ['not-absolute'] }
  const parts = raw.slice(1).split('/')
  const isFolder = parts.at(-1) === ''
  if (isFolder) parts.pop()
  const refusals = parts.flatMap((part, i) => refusalsOf(part, i, options))
  if (refusals.length > 0) return { refusals }
  const segments = parts.map(part => utf8Decode(percentDecode(part)!)!)
  const path = segments.length === 0 ? '/' : `/${segments.join('/')}${isFolder ? '/' : ''}`
  return { segments, isFolder, path }
}

function refusalsOf(
  part: string,
  index: number,
  { dotfiles, windows }: { dotfiles: boolean; windows: boolean },
): string[] {
  const refusals: string[] = []
  const add = (code: string, applies: boolean | undefined): void => {
    if (applies) refusals.push(code)
  }
  const bytes = percentDecode(part)
  const segment = bytes && utf8Decode(bytes)
  const isRaw = /[^!-~]/.test(part)
  add('raw-character', isRaw)
  // A character that must be encoded and is not makes the encoding malformed too.
  add('bad-encoding', segment === undefined || isRaw)
  add('empty-segment', part === '')
  add('backslash', bytes?.includes(0x5c))
  add(
    'control-character',
    bytes?.some(byte => byte < 0x20 || byte === 0x7f),
  )
  add('encoded-slash', bytes?.includes(0x2f))
  add('segment-too-long', bytes && bytes.length > 255)
  if (segment === undefined) return refusals
  add('dot-segment', segment === '.' || segment === '..')
  add(
    'dotfile',
    segment.startsWith('.') && !dotfiles && !(index === 0 && segment === '.well-known'),
  )
  add('windows-name', windows && isWindowsName(segment))
  return refusals
}

/** A stream, a short name, a name whose end Windows drops, or a device with any extension. */
function isWindowsName(segment: string): boolean {
  const stem = segment.split('.')[0]!.toLowerCase().replace(/ +$/, '')
  return (
    segment.includes(':') ||
    /~[0-9]/.test(segment) ||
    segment.endsWith('.') ||
    segment.endsWith(' ') ||
    WINDOWS_DEVICES.includes(stem)
  )
}
