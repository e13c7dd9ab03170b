import { fieldOf, inWords, membersOf, type Reply } from '../reply.ts'
import { expectResponse, type Group, type Row, row, rowResult } from '../row.ts'
import { get, request } from '../send.ts'
import { THOUSAND } from '../site.ts'

const PATH = '/thousand.txt'
/** Fields that differ between responses, or belong to the connection. */
const VARYING = ['date', 'connection', 'keep-alive', 'transfer-encoding']

const allows = (reply: Reply): boolean => {
  const allowed = membersOf(reply, 'allow')
  return allowed.includes('get') && allowed.includes('head')
}

const isRefusedWithAllow = (reply: Reply): boolean => reply.status === 405 && allows(reply)

const typed = (path: string, type: RegExp): Row['check'] =>
  expectResponse(
    get(path),
    reply => reply.status === 200 && type.test(fieldOf(reply, 'content-type') ?? ''),
    'Content-Type',
  )

const TEXT_TYPES: readonly (readonly [path: string, type: RegExp, reference: string])[] = [
  ['/', /^text\/html *; *charset="?utf-8"?$/i, 'RFC 2854 §2'],
  ['/script.js', /^(text|application)\/javascript *; *charset="?utf-8"?$/i, 'RFC 9239 §6'],
  ['/module.mjs', /^(text|application)\/javascript *; *charset="?utf-8"?$/i, 'RFC 9239 §6'],
  ['/style.css', /^text\/css *; *charset="?utf-8"?$/i, 'RFC 2318 §2'],
  ['/thousand.txt', /^text\/plain *; *charset="?utf-8"?$/i, 'RFC 6657 §3'],
]

const OTHER_TYPES: readonly (readonly [
  path: string,
  type: RegExp,
  title: string,
  reference: string,
])[] = [
  [
    '/code.wasm',
    /^application\/wasm$/i,
    '`application/wasm`, without parameters',
    'WebAssembly Web API',
  ],
  ['/data.json', /^application\/json( *;|$)/i, '`application/json`', 'RFC 8259 §11'],
  ['/image.svg', /^image\/svg\+xml( *;|$)/i, '`image/svg+xml`', 'W3C SVG 2'],
]

export const methodsAndTypes: Group = {
  name: 'Methods, media types and caching',
  rows: [
    row('HEAD has the fields of GET, and no content', 'RFC 9110 §9.3.2', async ({ send }) => {
      const full = await send(get(PATH))
      const reply = await send(request('HEAD', PATH))
      const differing = [full, reply]
        .flatMap(({ received }) => received?.fields ?? [])
        .map(([name]) => name.toLowerCase())
        .filter(name => !VARYING.includes(name) && fieldOf(full, name) !== fieldOf(reply, name))
      const observed = inWords(reply, ...new Set(differing))
      return rowResult(
        reply.status === 200 && reply.content.length === 0 && differing.length === 0,
        observed,
      )
    }),
    row(
      'HEAD of a missing file: 404, no content',
      'RFC 9110 §9.3.2',
      expectResponse(
        request('HEAD', '/missing.txt'),
        ({ status, content }) => status === 404 && content.length === 0,
      ),
    ),
    row(
      'POST: 405 with Allow',
      'RFC 9110 §15.5.6',
      expectResponse(request('POST', PATH, { 'Content-Length': '0' }), isRefusedWithAllow, 'Allow'),
    ),
    row(
      'DELETE: 405 with Allow',
      'RFC 9110 §15.5.6',
      expectResponse(request('DELETE', PATH), isRefusedWithAllow, 'Allow'),
    ),
    row(
      'OPTIONS: 2xx with Allow',
      'RFC 9110 §9.3.7',
      expectResponse(
        request('OPTIONS', PATH),
        reply =>
          (reply.status === 200 || reply.status === 204) &&
          allows(reply) &&
          !reply.content.equals(THOUSAND),
        'Allow',
      ),
    ),
    row(
      'OPTIONS `*`: 2xx',
      'RFC 9110 §9.3.7',
      expectResponse(request('OPTIONS', '*'), ({ status }) => status === 200 || status === 204),
    ),
    ...TEXT_TYPES.map(([path, type, source]) =>
      row(
        `\`${extensionOf(path)}\`: its media type, with \`charset=utf-8\``,
        source,
        typed(path, type),
      ),
    ),
    ...OTHER_TYPES.map(([path, type, says, source]) =>
      row(`\`${extensionOf(path)}\`: ${says}`, source, typed(path, type)),
    ),
    row(
      '`X-Content-Type-Options: nosniff`',
      'Fetch x-content-type-options-header',
      expectResponse(
        get(PATH),
        reply => fieldOf(reply, 'x-content-type-options') === 'nosniff',
        'X-Content-Type-Options',
      ),
    ),
    row(
      'a page is revalidated each time: `no-cache`',
      'http-party/http-server#287',
      expectResponse(
        get('/'),
        reply => /no-cache|max-age=0/.test(fieldOf(reply, 'cache-control') ?? ''),
        'Cache-Control',
      ),
    ),
    row(
      'a file with a hash in its name: `immutable`',
      'RFC 8246 §2',
      expectResponse(
        get('/assets/app-3f9a1c2b.js'),
        reply => {
          const members = membersOf(reply, 'cache-control')
          return members.includes('immutable') && members.includes('max-age=31536000')
        },
        'Cache-Control',
      ),
    ),
    row(
      'pages of other origins may read: Access-Control-Allow-Origin',
      'Fetch http-access-control-allow-origin',
      expectResponse(
        get(PATH, { Origin: 'https://a.example' }),
        reply =>
          ['*', 'https://a.example'].includes(fieldOf(reply, 'access-control-allow-origin') ?? ''),
        'Access-Control-Allow-Origin',
      ),
      'cors',
    ),
    row(
      'a preflight for Range is allowed',
      'Fetch cors-preflight-request',
      expectResponse(
        request('OPTIONS', PATH, {
          Origin: 'https://a.example',
          'Access-Control-Request-Method': 'GET',
          'Access-Control-Request-Headers': 'range',
        }),
        reply => {
          const { status } = reply
          const names = membersOf(reply, 'access-control-allow-headers')
          const origin = fieldOf(reply, 'access-control-allow-origin')
          const isOk = status !== undefined && status >= 200 && status < 300
          return isOk && origin !== undefined && (names.includes('range') || names.includes('*'))
        },
        'Access-Control-Allow-Headers',
      ),
      'cors',
    ),
  ],
}

function extensionOf(path: string): string {
  return path === '/' ? '.html' : path.slice(path.lastIndexOf('.'))
}
