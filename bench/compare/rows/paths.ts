import {
  isClientError,
  isHarmless,
  isPage,
  isWholeFile,
  leadsToOtherHost,
} from '../expectations.ts'
import { fieldOf, inWords, type Reply } from '../reply.ts'
import { expectEachResponse, expectResponse, type Group, type Row, row, rowResult } from '../row.ts'
import { get } from '../send.ts'
import { ABOUT, DOCS, HOME, NOT_FOUND, PICTURE } from '../site.ts'

const BROWSER = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

const page = (path: string, text: string, status?: number): Row['check'] =>
  expectResponse(get(path, BROWSER), reply => isPage(reply, text, status), 'Location')

const isRedirect = ({ status }: Reply): boolean => [301, 302, 307, 308].includes(status ?? 0)

/** The site has a folder "evil.com", to catch a server that adds a slash to "//evil.com". */
const OTHER_HOST = [
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

export const paths: Group = {
  name: 'Paths and redirects',
  rows: [
    row('`/` is `index.html`', 'convention', page('/', HOME)),
    row('`/docs/` is `docs/index.html`', 'convention', page('/docs/', DOCS), 'slash'),
    row('`/about` is `about.html`', 'convention', page('/about', ABOUT)),
    row(
      '`/docs?x=1`: redirect to `/docs/?x=1`, so that relative links work',
      'vercel/serve#393',
      expectResponse(
        get('/docs?x=1', BROWSER),
        reply => isRedirect(reply) && pathOf(reply) === '/docs/?x=1',
        'Location',
      ),
      'slash',
    ),
    row(
      '`/about.html?x=1`: the page, or a redirect to `/about?x=1`',
      'vercel/serve#393',
      expectResponse(
        get('/about.html?x=1', BROWSER),
        reply => isPage(reply, ABOUT) || (isRedirect(reply) && pathOf(reply) === '/about?x=1'),
        'Location',
      ),
    ),
    row(
      `no redirect to another host: ${OTHER_HOST.length} spellings of \`//evil.com\``,
      'CVE-2015-1164',
      expectEachResponse(
        OTHER_HOST.map(path => get(path)),
        reply => isHarmless(reply) && !leadsToOtherHost(reply),
        'Location',
      ),
      'slash',
    ),
    row(
      '`/50%25.png` is `50%.png`',
      'h3js/h3#1429',
      expectResponse(get('/50%25.png'), reply => isWholeFile(reply, PICTURE)),
    ),
    row(
      '`/caf%C3%A9.txt` is `café.txt`',
      'RFC 3986 §2.5',
      expectResponse(get('/caf%C3%A9.txt'), reply => isPage(reply, 'not ASCII')),
    ),
    row(
      '`GET http://localhost/docs/`: the same as `/docs/`',
      'RFC 9112 §3.2.2',
      expectResponse(
        get('http://localhost/docs/', BROWSER),
        reply => isPage(reply, DOCS),
        'Location',
      ),
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
      expectResponse(get('/missing', { ...BROWSER, 'If-None-Match': '*' }), reply =>
        isPage(reply, NOT_FOUND, 404),
      ),
    ),
    row(
      'a missing file with Range: still 404, and the whole page',
      'RFC 9110 §14.2',
      expectResponse(
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
      expectResponse(
        get('/assets/missing-1a2b3c4d.js', { Accept: '*/*' }),
        isClientError,
        'Content-Type',
      ),
      'single',
    ),
    row(
      'single-page: `/about` is still `about.html`',
      'vercel/serve#722',
      page('/about', ABOUT),
      'single',
    ),
    row(
      'single-page: the page is revalidated',
      'http-party/http-server#287',
      async ({ send }) => {
        const reply = await send(get('/deep/link', BROWSER))
        const control = fieldOf(reply, 'cache-control') ?? ''
        const isRevalidated = /no-cache|no-store|max-age=0/.test(control)
        return rowResult(isPage(reply, HOME) && isRevalidated, inWords(reply, 'Cache-Control'))
      },
      'single',
    ),
  ],
}

/** The path and query of a redirect's Location. */
function pathOf(reply: Reply): string {
  const { pathname, search } = new URL(fieldOf(reply, 'location') ?? '', 'http://localhost/')
  return `${pathname}${search}`
}
