import type { RequestHead } from '../parser/index.ts'
import { namesMediaType } from './accept.ts'
import { knownMediaTypeOf } from './media-type.ts'
import { READ_METHODS } from './response-plan.ts'

/** What a page may be fetched for (Fetch Metadata §2.1); scripts fetch with `empty`. */
const PAGE_DESTINATIONS = [
  ...['document', 'iframe', 'frame', 'fencedframe', 'embed', 'object'],
  'empty',
]
const DOCUMENT_TYPES = ['text/html', 'application/xhtml+xml']

/** These are file extensions too, but in `/sites/example.com` they end a domain name. */
const DOMAIN_SUFFIX = /\.(?:com|org|me)$/i

/** What a name looks like that no file has. */
type NameKind = 'route' | 'page' | 'file'

/**
 * Whether a single-page application may respond with its page to a request although no file has
 * this name: to any client if the name has no known extension, and to navigations whatever the
 * name. A request for a missing script, style sheet, image or font is none: HTML instead of it
 * would break the page in a way that is hard to find, and would stay in caches.
 *
 * @example
 * const head = { method: 'GET', field: name => ({ 'sec-fetch-dest': 'document' })[name] }
 * isNavigation(head, '/domain/x.ai') // => true
 * isNavigation({ method: 'GET', field: () => undefined }, '/users/john.doe') // => true
 * isNavigation({ method: 'GET', field: () => undefined }, '/app.js') // => false
 */
export function isNavigation(head: Pick<RequestHead, 'method' | 'field'>, path: string): boolean {
  if (!READ_METHODS.includes(head.method)) return false
  const kind = kindOf(path)
  const destination = head.field('sec-fetch-dest')
  if (kind === 'route') return destination === undefined || PAGE_DESTINATIONS.includes(destination)
  const mode = head.field('sec-fetch-mode')
  if (mode === 'navigate' || destination === 'document') return true
  // Browsers without these fields name HTML; scripts and API clients accept it by a wildcard only.
  const isSilent = mode === undefined && destination === undefined
  return kind === 'page' && isSilent && namesMediaType(head.field('accept'), 'text/html')
}

const VARY: Readonly<Record<NameKind, readonly string[]>> = {
  route: ['Sec-Fetch-Dest'],
  page: ['Sec-Fetch-Mode', 'Sec-Fetch-Dest', 'Accept'],
  file: ['Sec-Fetch-Mode', 'Sec-Fetch-Dest'],
}

/** The fields on which that depends for a path, for Vary (RFC 9110 §12.5.5). */
export function navigationVary(path: string): readonly string[] {
  return VARY[kindOf(path)]
}

function kindOf(path: string): NameKind {
  const type = knownMediaTypeOf(path.slice(path.lastIndexOf('/') + 1))
  if (type === undefined) return 'route'
  return DOCUMENT_TYPES.includes(type) || DOMAIN_SUFFIX.test(path) ? 'page' : 'file'
}
