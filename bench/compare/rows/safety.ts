import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { get } from '../ask.ts'
import { isAll, isClientError, isHarmless, isPage, isRefused } from '../expectations.ts'
import { fieldOf, inWords, type Reply } from '../reply.ts'
import { asked, askedEach, type Group, judge, type Row } from '../row.ts'
import { THOUSAND } from '../site.ts'

const row = (says: string, source: string, play: Row['play']): Row => ({
  says,
  source,
  profile: 'site',
  play,
})

const gets = (paths: readonly string[]): string[] => paths.map(path => get(path))

/** To the secret beside the root, and to that in the folder whose name only begins like the root's. */
const OUT = ['outside/secret.txt', 'site-secret/secret.txt'].flatMap(path => [
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

const ODD = [
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
  name: 'What must not be served',
  rows: [
    row('`.env` and `.git/config`: refused', 'CVE-2025-11965', askedEach(gets(DOTTED), isRefused)),
    row(
      `${DOTTED_OTHERWISE.length} other spellings of them: refused`,
      'CVE-2025-46565',
      askedEach(gets(DOTTED_OTHERWISE), isHarmless, 'Location'),
    ),
    row(
      '`.well-known/security.txt`: served',
      'RFC 8615 §3',
      asked(get('/.well-known/security.txt'), reply => isPage(reply, 'Contact:')),
    ),
    row(
      'a link to a file outside the root: refused',
      'remix-run/remix#11448',
      asked(get('/link-out.txt'), isRefused),
    ),
    row(
      'a link to a folder outside the root: refused',
      'remix-run/remix#11448',
      asked(get('/folder-out/secret.txt'), isRefused),
    ),
    row(
      'a link within the root: followed',
      'vercel/serve#637',
      asked(get('/link-in.txt'), reply => isAll(reply, THOUSAND)),
    ),
    row(
      `${OUT.length} spellings of \`/../\`: none leads out of the root, none is a 5xx`,
      'CVE-2024-23334',
      askedEach(gets(OUT), isHarmless, 'Location'),
    ),
    row(
      `${ODD.length} odd paths (NUL, line ends, \`%zz\`, long names): each answered, none with a 5xx`,
      'CVE-2025-11149',
      askedEach(gets(ODD), reply => isHarmless(reply) && !isInjected(reply), 'Location'),
    ),
    row(
      '`//thousand.txt`: the file, a way to it, or refused',
      'CVE-2026-39406',
      asked(
        get('//thousand.txt'),
        reply => {
          const isWay = fieldOf(reply, 'location') === '/thousand.txt'
          return isAll(reply, THOUSAND) || isWay || isClientError(reply)
        },
        'Location',
      ),
    ),
    {
      ...row('a FIFO: refused, and nothing waits for it', 'fifo(7)', async ({ ask }) => {
        const replies = await Promise.all(Array.from({ length: 5 }, () => ask(get('/pipe.txt'))))
        const bad = replies.find(reply => !isClientError(reply))
        const after = await ask(get('/thousand.txt'))
        if (!isAll(after, THOUSAND))
          return judge(false, `another file afterwards: ${inWords(after)}`)
        return judge(bad === undefined, inWords(bad ?? after))
      }),
      spoils: true,
    },
    {
      ...row(
        'a link to nowhere: the server starts, and answers 404',
        'vercel/serve#598',
        async ({ root, restart, ask }) => {
          const link = join(root, 'nowhere.txt')
          symlinkSync('is-not-there', link)
          try {
            if (!(await restart())) return judge(false, 'it does not start')
            const reply = await ask(get('/nowhere.txt'))
            return judge(isClientError(reply), inWords(reply))
          } finally {
            rmSync(link)
          }
        },
      ),
      spoils: true,
    },
    row('errors show no path of the machine', 'CVE-2015-8859', async ({ root, ask }) => {
      const wires = gets([
        '/missing',
        '/docs/missing.txt',
        '/%',
        '/thousand.txt/x',
        `/${'x'.repeat(300)}`,
        '/link-out.txt',
      ])
      for (const wire of wires) {
        const reply = await ask(wire)
        if (reply.content.includes(root))
          return judge(
            false,
            `\`${wire.split(' ')[1]?.slice(0, 30)}\`: ${inWords(reply)}, the root among them`,
          )
      }
      return judge(true, `${wires.length} requests`)
    }),
  ],
}
