import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { isClientError, isHarmless, isPage, isRefused, isWholeFile } from '../expectations.ts'
import { fieldOf, inWords, type Reply } from '../reply.ts'
import { expectEachResponse, expectResponse, type Group, type Row, rowResult } from '../row.ts'
import { get } from '../send.ts'
import { THOUSAND } from '../site.ts'

const row = (title: string, reference: string, check: Row['check']): Row => ({
  title,
  reference,
  profile: 'site',
  check,
})

const gets = (paths: readonly string[]): string[] => paths.map(path => get(path))

/**
 * Spellings of paths to secrets outside the root: in a folder beside it, and in a folder whose name
 * begins like the root's.
 */
const OUTSIDE = ['outside/secret.txt', 'site-secret/secret.txt'].flatMap(path => [
  `/../${path}`,
  `/%2e%2e/${path}`,
  `/.%2e/${path}`,
  `/..%2f${path.replaceAll('/', '%2f')}`,
  `/%2e%2e%2f${path}`,
  `/..%5c${path.replaceAll('/', '%5c')}`,
  `/..\\${path}`,
  `/%252e%252e/${path}`,
  `/..%252f${path}`,
  `/....//${path}`,
  `/%c0%ae%c0%ae/${path}`,
  `/docs/../../${path}`,
  `/docs/..%2f..%2f${path}`,
  `//../${path}`,
  `/./../${path}`,
])

const DOTTED = ['/.env', '/.git/config']
const DOTTED_OTHERWISE = [
  '//.env',
  '/./.env',
  '/%2eenv',
  '/.env/',
  '/.env/.',
  '/docs/../.env',
  '/docs/..%2f.env',
  '/docs/%2e%2e/.env',
  '/%2egit/config',
  '/.git%2fconfig',
]

const UNUSUAL = [
  '/thousand.txt%00.png',
  '/%00',
  '/x%0d%0aX-Injected:%20yes',
  '/docs%0d%0aX-Injected:%20yes',
  '/x%0c',
  '/%',
  '/%zz',
  '/%E0%A4%A',
  '/thousand.txt/',
  '/thousand.txt/x',
  '/folder.html',
  '/thousand.txt%20',
  '/thousand.txt::$DATA',
  '/C:/x',
  '/CON',
  `/${'x'.repeat(300)}`,
  `/${'x/'.repeat(3000)}`,
]

const isInjected = (reply: Reply): boolean => fieldOf(reply, 'x-injected') !== undefined

export const safety: Group = {
  name: 'Files that are not served',
  rows: [
    row(
      '`.env` and `.git/config`: refused',
      'CVE-2025-11965',
      expectEachResponse(gets(DOTTED), isRefused),
    ),
    row(
      `${DOTTED_OTHERWISE.length} other spellings of them: refused`,
      'CVE-2025-46565',
      expectEachResponse(gets(DOTTED_OTHERWISE), isHarmless, 'Location'),
    ),
    row(
      '`.well-known/security.txt`: served',
      'RFC 8615 §3',
      expectResponse(get('/.well-known/security.txt'), reply => isPage(reply, 'Contact:')),
    ),
    row(
      'a link to a file outside the root: refused',
      'remix-run/remix#11448',
      expectResponse(get('/link-out.txt'), isRefused),
    ),
    row(
      'a link to a folder outside the root: refused',
      'remix-run/remix#11448',
      expectResponse(get('/folder-out/secret.txt'), isRefused),
    ),
    row(
      'a link within the root: followed',
      'vercel/serve#637',
      expectResponse(get('/link-in.txt'), reply => isWholeFile(reply, THOUSAND)),
    ),
    row(
      `${OUTSIDE.length} spellings of \`/../\`: nothing from outside the root, no 5xx`,
      'CVE-2024-23334',
      expectEachResponse(gets(OUTSIDE), isHarmless, 'Location'),
    ),
    row(
      `${UNUSUAL.length} unusual paths (NUL, line breaks, \`%zz\`, long names): no 5xx, always a response`,
      'CVE-2025-11149',
      expectEachResponse(
        gets(UNUSUAL),
        reply => isHarmless(reply) && !isInjected(reply),
        'Location',
      ),
    ),
    row(
      '`//thousand.txt`: the file, a redirect to it, or refused',
      'CVE-2026-39406',
      expectResponse(
        get('//thousand.txt'),
        reply => {
          const isRedirect = fieldOf(reply, 'location') === '/thousand.txt'
          return isWholeFile(reply, THOUSAND) || isRedirect || isClientError(reply)
        },
        'Location',
      ),
    ),
    {
      ...row('a FIFO: refused, and nothing blocks on it', 'fifo(7)', async ({ send }) => {
        const replies = await Promise.all(Array.from({ length: 5 }, () => send(get('/pipe.txt'))))
        const bad = replies.find(reply => !isClientError(reply))
        const after = await send(get('/thousand.txt'))
        if (!isWholeFile(after, THOUSAND))
          return rowResult(false, `another file after it: ${inWords(after)}`)
        return rowResult(bad === undefined, inWords(bad ?? after))
      }),
      needsFreshServer: true,
    },
    {
      ...row(
        'a dangling link: the server starts, and responds with 404',
        'vercel/serve#598',
        async ({ root, restart, send }) => {
          const link = join(root, 'nowhere.txt')
          symlinkSync('is-not-there', link)
          try {
            if (!(await restart())) return rowResult(false, 'it does not start')
            const reply = await send(get('/nowhere.txt'))
            return rowResult(isClientError(reply), inWords(reply))
          } finally {
            rmSync(link)
          }
        },
      ),
      needsFreshServer: true,
    },
    row('errors contain no path of the file system', 'CVE-2015-8859', async ({ root, send }) => {
      const requests = gets([
        '/missing',
        '/docs/missing.txt',
        '/%',
        '/thousand.txt/x',
        `/${'x'.repeat(300)}`,
        '/link-out.txt',
      ])
      for (const text of requests) {
        const reply = await send(text)
        if (reply.content.includes(root))
          return rowResult(
            false,
            `\`${text.split(' ')[1]?.slice(0, 30)}\`: ${inWords(reply)}, which contain the root`,
          )
      }
      return rowResult(true, `${requests.length} requests`)
    }),
  ],
}
