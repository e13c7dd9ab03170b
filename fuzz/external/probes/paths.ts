import * as fc from 'fast-check'
import { targetPath } from '../../generators/target-path.ts'
import type { Attempt } from '../attempt.ts'
import { parseRequests } from '../parsed-requests.ts'
import type { Probe } from '../probe.ts'
import { lastRequest, latin1 } from '../request-text.ts'
import type { Site } from '../target-site.ts'

/** Node's `url.parse` throws for this target, which ends http-server. */
const DEADLY = '//%@%'

/** All of these are valid targets (RFC 9112 §3.2); most have caused a security advisory. */
const TARGETS: Readonly<Record<string, string>> = {
  'a NUL': '/%00',
  'a NUL before an extension': '/x%00.png',
  'a lone percent sign': '/%',
  'bad hex': '/%zz',
  'cut UTF-8': '/%E0%A4%A',
  'overlong UTF-8': '/%c0%ae%c0%ae/x',
  'a form feed': '/x%0c',
  'CR LF': '/x%0d%0aInjected:%20yes',
  'two slashes': '//evil.example/',
  'two slashes and dots': '//evil.example/%2e%2e',
  'two slashes, a folder': '//evil.example/%2f..',
  'a backslash': '/%5cevil.example/',
  'encoded slashes': '/%2f%2fevil.example%2f..',
  dots: '/../../../../etc/passwd',
  'encoded dots': '/%2e%2e/%2e%2e/etc/passwd',
  'dots encoded twice': '/%252e%252e/etc/passwd',
  'a long name': `/${'a'.repeat(300)}`,
  'a long path': `/${'a/'.repeat(4000)}`,
  'a dot': '/./.',
  brackets: '/[x]{y}|z^"`\\<>',
  'only a query': '/?%',
  'a bad query': '/?a=%E0%A4%A&b=%00',
  'a scheme': '/http:%2f%2fevil.example',
  'a port': '/:80',
  'a prototype': '/__proto__/constructor',
  'a user that cannot be decoded': DEADLY,
}

export const paths: Probe = {
  name: 'paths',
  sentence:
    'No path makes the server redirect to another host, or add a field of the client to its response.',
  table: site =>
    Object.entries(TARGETS).map(([label, target]) => ({
      ...attempt(site, target),
      label: `path: ${label}`,
      mayKill: target === DEADLY,
    })),
  inputs: site =>
    fc
      .oneof(strangePath, targetPath())
      .map(target => attempt(site, target))
      .filter(({ bytes }) => parseRequests(bytes).requests.length === 1),
  check({ site, responses }) {
    for (const response of responses) {
      const location = response.field('location')
      if (location !== undefined && isElsewhere(location, site.host))
        return {
          kind: 'redirect to another host',
          severity: 'wrong',
          detail: `Location: ${location} leads browsers to another host.`,
          rfc: 'RFC 9110 §10.2.2, RFC 3986 §4.2',
        }
      if (response.field('injected') !== undefined)
        return {
          kind: 'response splitting',
          severity: 'desync',
          detail: 'A field that was encoded in the path is in the response.',
          rfc: 'RFC 9112 §11.1',
        }
    }
    return undefined
  },
}

/** Returns whether a browser would leave the host for this Location. */
function isElsewhere(location: string, host: string): boolean {
  return (
    URL.canParse(location, `http://${host}/`) &&
    new URL(location, `http://${host}/`).hostname === 'evil.example'
  )
}

const PIECES = [
  '/',
  '//',
  '.',
  '..',
  '%2e',
  '%2f',
  '%5c',
  '%00',
  '%0c',
  '%25',
  '%',
  '%E0%A4',
  '%ff',
  '~',
  'a',
  'evil.example',
  ':',
  ';',
  '*',
  '+',
  '@',
  '?',
  '&',
  '=',
  '%0d%0aInjected:%20yes',
]
const strangePath = fc
  .array(
    fc.oneof(
      fc.constantFrom(...PIECES),
      fc.integer({ min: 0, max: 255 }).map(byte => `%${byte.toString(16).padStart(2, '0')}`),
    ),
    { maxLength: 12 },
  )
  .map(pieces => `/${pieces.join('')}`)

function attempt({ host }: Site, target: string): Attempt {
  return { bytes: latin1(lastRequest('GET', target, host)), label: 'path' }
}
