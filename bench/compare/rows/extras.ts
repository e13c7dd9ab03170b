import { get } from '../ask.ts'
import { fieldOf, inWords, type Reply } from '../reply.ts'
import { asked, type Group, judge, type Row } from '../row.ts'
import { MARKUP_NAME, QUOTE_NAME } from '../site.ts'

const PATH = '/listing/'
const HTML = { Accept: 'text/html' }
const JSON_ONLY = { Accept: 'application/json' }
const LOG_MS = 1000
const POLL_MS = 50

/** The combined form of Apache's httpd: host, identity, user, time, request, status, bytes, referrer, agent. */
const COMBINED =
  /^127\.0\.0\.1 - \S+ \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "GET \/thousand\.txt HTTP\/1\.1" 200 1000 "http:\/\/a\.example\/" "compare\/1"$/m

const row = (says: string, source: string, profile: Row['profile'], play: Row['play']): Row => ({
  says,
  source,
  profile,
  play,
})

const listed = (expected: (html: string) => boolean): Row['play'] =>
  asked(
    get(PATH, HTML),
    reply => isListing(reply) && expected(reply.content.toString()),
    'Content-Type',
  )

export const extras: Group = {
  name: 'Listings and logs',
  rows: [
    row(
      'a folder without an index is listed',
      'convention',
      'list',
      listed(() => true),
    ),
    row(
      'a name with markup is escaped',
      'CVE-2025-11966',
      'list',
      listed(html => !html.toLowerCase().includes('<img src=x')),
    ),
    row(
      'a name with a quote stays within its attribute',
      'CVE-2025-11966',
      'list',
      listed(html => !/="[^"<>]*a" onmouseover=/.test(html)),
    ),
    row('each link leads to its file', 'RFC 3986 §2.1', 'list', async ({ ask }) => {
      const listing = await ask(get(PATH, HTML))
      const names = namesIn(listing.content.toString())
      const missing = [MARKUP_NAME, QUOTE_NAME, 'plain.txt'].filter(name => !names.includes(name))
      return judge(
        isListing(listing) && missing.length === 0,
        missing.length === 0 ? inWords(listing) : `no link to \`${missing[0]}\``,
      )
    }),
    row(
      'what is refused is not listed either: `.hidden`',
      'fastify/fastify-static#220',
      'json',
      asked(
        get(PATH, { Accept: 'application/json, text/html;q=0.5' }),
        reply =>
          reply.status === 200 &&
          reply.content.includes('plain.txt') &&
          !reply.content.includes('.hidden'),
      ),
    ),
    row('a listing as JSON, with all names', 'RFC 9110 §12.5.1', 'json', async ({ ask }) => {
      const reply = await ask(get(PATH, JSON_ONLY))
      const strings = stringsIn(parsed(reply.content.toString()))
      const has = (name: string): boolean =>
        strings.some(text => text === name || text === `${PATH}${name}`)
      return judge(
        reply.status === 200 && [MARKUP_NAME, QUOTE_NAME].every(has),
        inWords(reply, 'Content-Type'),
      )
    }),
    row(
      'an access log in the combined form',
      'static-web-server/static-web-server#735',
      'log',
      async ({ ask, log, pause }) => {
        await ask(get('/thousand.txt', { Referer: 'http://a.example/', 'User-Agent': 'compare/1' }))
        for (let waited = 0; waited < LOG_MS && !COMBINED.test(log()); waited += POLL_MS)
          await pause(POLL_MS)
        return judge(COMBINED.test(log()), `\`${lineWith(log(), 'thousand.txt')}\``)
      },
    ),
  ],
}

function isListing(reply: Reply): boolean {
  const isHtml = fieldOf(reply, 'content-type')?.startsWith('text/html') === true
  return reply.status === 200 && isHtml && reply.content.includes('plain.txt')
}

/** Names of this folder that links lead to, as a browser reads them. */
function namesIn(html: string): string[] {
  const links = html.matchAll(/<a\b[^>]*?\bhref=(?:"([^"]*)"|'([^']*)'|([^\s>]*))/gi)
  return Array.from(links, ([, double, single, bare]) => {
    const href = unescaped(double ?? single ?? bare ?? '')
    const url = URL.canParse(href, `http://localhost${PATH}`)
      ? new URL(href, `http://localhost${PATH}`)
      : undefined
    if (url === undefined || url.host !== 'localhost' || !url.pathname.startsWith(PATH)) return ''
    return unquoted(url.pathname.slice(PATH.length))
  })
}

function unquoted(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function unescaped(html: string): string {
  const named: Readonly<Record<string, string>> = {
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    amp: '&',
  }
  return html.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (all, hex, decimal, name) => {
    if (name !== undefined) return named[name] ?? all
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Every string in it, at whatever depth. */
function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(stringsIn)
}

/** The last line that has it, in printable ASCII, without the colours of a terminal. */
function lineWith(log: string, text: string): string {
  const plain = log
    .replace(/\x1b\[[\d;]*m/g, '')
    .replace(/[^\n\x20-\x7e]/g, '')
    .replace(/"hostname":"[^"]*",/g, '')
  const line = plain.split('\n').findLast(one => one.includes(text)) ?? 'no line'
  return line.trim().slice(0, 100).replaceAll('`', '')
}
