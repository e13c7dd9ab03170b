import type { RequestHead } from '../parser/index.ts'
import { namesMediaType } from './accept.ts'
import { knownMediaTypeOf } from './media-type.ts'
import { READ_METHODS } from './response-plan.ts'

const DOCUMENT_DESTINATIONS = ['document', 'iframe', 'frame', 'fencedframe', 'embed', 'object']
const DOCUMENT_TYPES = ['text/html', 'application/xhtml+xml']

/** These are file extensions too, but in `/sites/example.com` they end a domain name. */
const DOMAIN_SUFFIX = /\.(?:com|org|me)$/i

/**
 * Whether a request is a navigation, to which a single-page application may respond with its page
 * although no file has this name. A request for a missing script or style sheet is none: HTML
 * instead of it would break the page in a way that is hard to find, and would stay in caches.
 *
 * @example
 * const fields = { accept: 'text/html,application/xhtml+xml' }
 * const head = { method: 'GET', field: name => fields[name] }
 * isNavigation(head, '/users/john.doe') // => true
 * isNavigation(head, '/app.js') // => false
 */
export function isNavigation(head: Pick<RequestHead, 'method' | 'field'>, path: string): boolean {
  if (!READ_METHODS.includes(head.method)) return false
  // Scripts and API clients accept HTML by a wildcard only.
  if (!namesMediaType(head.field('accept'), 'text/html') || !mayNavigate(head)) return false
  const type = knownMediaTypeOf(path.slice(path.lastIndexOf('/') + 1))
  return type === undefined || DOCUMENT_TYPES.includes(type) || DOMAIN_SUFFIX.test(path)
}

/** Whether Fetch Metadata (§2) allows that: only browsers send it, and not to all origins. */
export function mayNavigate(head: Pick<RequestHead, 'field'>): boolean {
  const mode = head.field('sec-fetch-mode')
  if (mode !== undefined && mode !== 'navigate') return false
  const destination = head.field('sec-fetch-dest')
  return destination === undefined || DOCUMENT_DESTINATIONS.includes(destination)
}
