import type { RequestHead } from '../parser/index.ts'
import { namesMediaType } from './accept.ts'
import { knownMediaTypeOf } from './media-type.ts'
import { READ_METHODS } from './methods.ts'

const DOCUMENT_DESTINATIONS = new Set([
  'document',
  'iframe',
  'frame',
  'fencedframe',
  'embed',
  'object',
])
const DOCUMENT_TYPES = new Set(['text/html', 'application/xhtml+xml'])

/** Also a DOS program, an organiser's file and a manual page, but in `/sites/example.com` the end of a host's name. */
const domain = /\.(?:com|org|me)$/i

/**
 * Whether somebody opens a page, which a single-page app may answer though no file has this name. A script or a style sheet that
 * is missing is never that: HTML in its place breaks the page in a way that is hard to find, and stays in caches.
 *
 * @example
 * const fields = { accept: 'text/html,application/xhtml+xml' }
 * const head = { method: 'GET', field: name => fields[name] }
 * isNavigation(head, '/users/john.doe') // => true
 * isNavigation(head, '/app.js') // => false
 */
export function isNavigation(head: Pick<RequestHead, 'method' | 'field'>, path: string): boolean {
  if (!READ_METHODS.includes(head.method)) return false
  // Any type at all is what scripts and programs ask for.
  if (!namesMediaType(head.field('accept'), 'text/html')) return false
  // Fetch Metadata §2: only browsers send these, and not to all origins.
  const mode = head.field('sec-fetch-mode')
  if (mode !== undefined && mode !== 'navigate') return false
  const destination = head.field('sec-fetch-dest')
  if (destination !== undefined && !DOCUMENT_DESTINATIONS.has(destination)) return false
  const type = knownMediaTypeOf(path.slice(path.lastIndexOf('/') + 1))
  return type === undefined || DOCUMENT_TYPES.has(type) || domain.test(path)
}
