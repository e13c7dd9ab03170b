import { get } from '../ask.ts'
import { isAll, isClientError, isHarmless, isPage, leadsAway } from '../expectations.ts'
import { fieldOf, inWords, type Reply } from '../reply.ts'
import { asked, askedEach, type Group, judge, type Row } from '../row.ts'
import { ABOUT, DOCS, HOME, NOT_FOUND, PICTURE } from '../site.ts'

const BROWSER = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

const row = (
  says: string,
  source: string,
  play: Row['play'],
  profile: Row['profile'] = 'site',
): Row => ({
  says,
  source,
  profile,
  play,
})

const page = (path: string, text: string, status?: number): Row['play'] =>
  asked(get(path, BROWSER), reply => isPage(reply, text, status), 'Location')

const isRedirect = ({ status }: Reply): boolean => [301, 302, 307, 308].includes(status ?? 0)

/** There is a folder "evil.com", so that a server which adds a slash to "//evil.com" is caught. */
const AWAY = [
  '//evil.com',
  '//evil.com/',
  '//evil.com/..',
  '//evil.com/%2e%2e',
  '//evil.com/index.html',
  '//evil.com/index',
  '/\\evil.com',
  '/\\evil.com/',
  '/%5cevil.com',
  '/%2fevil.com',
  '/%2f%2fevil.com%2f',
  '///evil.com',
  '/.//evil.com',
  '/%09/evil.com',
  '//evil.com%2f..',
  '//^/..',
]

export const finding: Group = {
  name: 'Finding the file',
  rows: [
    row('`/` is `index.html`', 'convention', page('/', HOME)),
    row('`/docs/` is `docs/index.html`', 'convention', page('/docs/', DOCS), 'slash'),
    row('`/about` is `about.html`', 'convention', page('/about', ABOUT)),
    row(
      '`/docs?x=1`: to `/docs/?x=1`, so that what the page names is found',
      'vercel/serve#393',
      asked(
        get('/docs?x=1', BROWSER),
        reply => isRedirect(reply) && pathOf(reply) === '/docs/?x=1',
        'Location',
      ),
      'slash',
    ),
    row(
      '`/about.html?x=1`: the page, or to `/about?x=1`',
      'vercel/serve#393',
      asked(
        get('/about.html?x=1', BROWSER),
        reply => isPage(reply, ABOUT) || (isRedirect(reply) && pathOf(reply) === '/about?x=1'),
        'Location',
      ),
    ),
    row(
      `no redirect to another host: ${AWAY.length} spellings of \`//evil.com\``,
      'CVE-2015-1164',
      askedEach(
        AWAY.map(path => get(path)),
        reply => isHarmless(reply) && !leadsAway(reply),
        'Location',
      ),
      'slash',
    ),
    row(
      '`/50%25.png` is `50%.png`',
      'h3js/h3#1429',
      asked(get('/50%25.png'), reply => isAll(reply, PICTURE)),
    ),
    row(
      '`/caf%C3%A9.txt` is `café.txt`',
      'RFC 3986 §2.5',
      asked(get('/caf%C3%A9.txt'), reply => isPage(reply, 'not ASCII')),
    ),
    row(
      '`GET http://localhost/docs/`: the same as `/docs/`',
      'RFC 9112 §3.2.2',
      asked(get('http://localhost/docs/', BROWSER), reply => isPage(reply, DOCS), 'Location'),
      'slash',
    ),
    row(
      'a missing file: 404 with the site’s `404.html`',
      'RFC 9110 §15.5.5',
      page('/missing', NOT_FOUND, 404),
    ),
    row(
      'a missing file with If-None-Match: `*`: still 404',
      'RFC 9110 §13.2.1',
      asked(get('/missing', { ...BROWSER, 'If-None-Match': '*' }), reply =>
        isPage(reply, NOT_FOUND, 404),
      ),
    ),
    row(
      'a missing file with Range: still 404, and the whole page',
      'RFC 9110 §14.2',
      asked(
        get('/missing', { ...BROWSER, Range: 'bytes=0-1' }),
        reply => isPage(reply, NOT_FOUND, 404),
        'Content-Range',
      ),
    ),
    row(
      'single-page: `/deep/link` is the page',
      'http-party/http-server#198',
      page('/deep/link', HOME),
      'single',
    ),
    row(
      'single-page: a missing `.js` is a 404',
      'vercel/serve#576',
      asked(get('/assets/missing-1a2b3c4d.js', { Accept: '*/*' }), isClientError, 'Content-Type'),
      'single',
    ),
    row(
      'single-page: `/about` is still `about.html`',
      'vercel/serve#722',
      page('/about', ABOUT),
      'single',
    ),
    row(
      'single-page: the page is not kept without asking',
      'http-party/http-server#287',
      async ({ ask }) => {
        const reply = await ask(get('/deep/link', BROWSER))
        const control = fieldOf(reply, 'cache-control') ?? ''
        const isAsked = /no-cache|no-store|max-age=0/.test(control)
        return judge(isPage(reply, HOME) && isAsked, inWords(reply, 'Cache-Control'))
      },
      'single',
    ),
  ],
}

/** The path and query a redirect leads to. */
function pathOf(reply: Reply): string {
  const { pathname, search } = new URL(fieldOf(reply, 'location') ?? '', 'http://localhost/')
  return `${pathname}${search}`
}
