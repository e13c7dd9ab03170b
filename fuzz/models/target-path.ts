import { percentDecode } from './percent-decoding.ts'
import { nameDecode, utf8Decode } from './utf8.ts'

/** A valid path, the canonical path of another, or every reason to refuse it. */
export type ReferencePath =
  | { readonly segments: readonly string[]; readonly isFolder: boolean; readonly path: string }
  | { readonly location: string }
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

type ReferenceOptions = {
  readonly dotfiles: boolean
  readonly windows: boolean
  readonly bytes: boolean
}

/**
 * RFC 3986 §3.3: path-absolute = "/" [ segment-nz *( "/" segment ) ], with the further rules of
 * `parseTargetPath()`.
 */
export function referenceTargetPath(raw: string, options: ReferenceOptions): ReferencePath {
  if (!raw.startsWith('/')) return { refusals: ['not-absolute'] }
  const parts = raw.slice(1).split('/')
  const isFolder = ['', '.', '..'].includes(parts.at(-1)!)
  const refusals: string[] = []
  const named: string[] = []
  for (const part of parts) {
    if (part === '..') {
      if (named.length === 0) refusals.push('dot-segment')
      named.pop()
    } else if (part !== '' && part !== '.') {
      refusals.push(...refusalsOf(part, named.length, options))
      named.push(part)
    }
  }
  if (refusals.length > 0) return { refusals }
  const names = named.map(part => percentDecode(part)!)
  const segments = names.map(bytes => nameDecode(bytes)!)
  const end = isFolder && segments.length > 0 ? '/' : ''
  const isCanonical = `/${named.join('/')}${end}` === raw
  if (!isCanonical) return { location: `/${names.map(percentEncode).join('/')}${end}` }
  if (segments.some(segment => segment.includes('/'))) return { refusals: ['encoded-slash'] }
  return { segments, isFolder, path: `/${segments.join('/')}${end}` }
}

/** RFC 3986 §3.3: a pchar stays as it is, except for a percent sign. */
function percentEncode(bytes: readonly number[]): string {
  let encoded = ''
  for (const byte of bytes) {
    const character = String.fromCharCode(byte)
    encoded += /[A-Za-z0-9\-._~!$&'()*+,;=:@]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return encoded
}

function refusalsOf(
  part: string,
  index: number,
  { dotfiles, windows, bytes: allowsBytes }: ReferenceOptions,
): string[] {
  const refusals: string[] = []
  const add = (code: string, applies: boolean | undefined): void => {
    if (applies) refusals.push(code)
  }
  const bytes = percentDecode(part)
  const decode = allowsBytes ? nameDecode : utf8Decode
  const segment = bytes && decode(bytes)
  const isRaw = /[^!-~]/.test(part)
  add('raw-character', isRaw)
  // A character that must be encoded and is not makes the encoding malformed too.
  add('bad-encoding', segment === undefined || isRaw)
  add('backslash', bytes?.includes(0x5c))
  add(
    'control-character',
    bytes?.some(byte => byte < 0x20 || byte === 0x7f),
  )
  add('segment-too-long', bytes && bytes.length > 255)
  if (segment === undefined) return refusals
  const names = segment.split('/')
  add('dot-segment', names.includes('.') || names.includes('..'))
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
