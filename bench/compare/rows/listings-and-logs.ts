import { fieldOf, inWords, type Reply } from '../reply.ts'
import { expectResponse, type Group, type Row, rowResult } from '../row.ts'
import { get } from '../send.ts'
import { MARKUP_NAME, QUOTE_NAME } from '../site.ts'

const PATH = '/listing/'
const HTML = { Accept: 'text/html' }
const JSON_ONLY = { Accept: 'application/json' }
const LOG_MS = 1000
const POLL_MS = 50

/**
 * The combined log format of Apache httpd: host, identity, user, time, request, status, bytes,
 * referrer, agent.
 */
const COMBINED =
  /^127\.0\.0\.1 - \S+ \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "GET \/thousand\.txt HTTP\/1\.1" 200 1000 "http:\/\/a\.example\/" "compare\/1"$/m

const row = (
  title: string,
  reference: string,
  profile: Row['profile'],
  check: Row['check'],
): Row => ({
  title,
  reference,
  profile,
  check,
})

const listed = (expected: (html: string) => boolean): Row['check'] =>
  expectResponse(
    get(PATH, HTML),
    reply => isListing(reply) && expected(reply.content.toString()),
    'Content-Type',
  )

export const listingsAndLogs: Group = {
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
    row('each link leads to its file', 'RFC 3986 §2.1', 'list', async ({ send }) => {
      const listing = await send(get(PATH, HTML))
      const names = namesIn(listing.content.toString())
      const missing = [MARKUP_NAME, QUOTE_NAME, 'plain.txt'].filter(name => !names.includes(name))
      return rowResult(
        isListing(listing) && missing.length === 0,
        missing.length === 0 ? inWords(listing) : `no link to \`${missing[0]}\``,
      )
    }),
    row(
      'a file that is refused is not listed either: `.hidden`',
      'fastify/fastify-static#220',
      'json',
      expectResponse(
        get(PATH, { Accept: 'application/json, text/html;q=0.5' }),
        reply =>
          reply.status === 200 &&
          reply.content.includes('plain.txt') &&
          !reply.content.includes('.hidden'),
      ),
    ),
    row('a listing as JSON, with all names', 'RFC 9110 §12.5.1', 'json', async ({ send }) => {
      const reply = await send(get(PATH, JSON_ONLY))
      const strings = stringsIn(parsed(reply.content.toString()))
      const has = (name: string): boolean =>
        strings.some(text => text === name || text === `${PATH}${name}`)
      return rowResult(
        reply.status === 200 && [MARKUP_NAME, QUOTE_NAME].every(has),
        inWords(reply, 'Content-Type'),
      )
    }),
    row(
      'an access log in the combined format',
      'static-web-server/static-web-server#735',
      'log',
      async ({ send, log, pause }) => {
        await send(
          get('/thousand.txt', { Referer: 'http://a.example/', 'User-Agent': 'compare/1' }),
        )
        for (let waited = 0; waited < LOG_MS && !COMBINED.test(log()); waited += POLL_MS)
          await pause(POLL_MS)
        return rowResult(COMBINED.test(log()), `\`${lineWith(log(), 'thousand.txt')}\``)
      },
    ),
  ],
}

function isListing(reply: Reply): boolean {
  const isHtml = fieldOf(reply, 'content-type')?.startsWith('text/html') === true
  return reply.status === 200 && isHtml && reply.content.includes('plain.txt')
}

/** The names in this folder that links lead to, as a browser resolves them. */
function namesIn(html: string): string[] {
  const links = html.matchAll(/<a\b[^>]*?\bhref=(?:"([^"]*)"|'([^']*)'|([^\s>]*))/gi)
  return Array.from(links, ([, double, single, bare]) => {
    const href = unescaped(double ?? single ?? bare ?? '')
    const url = URL.canParse(href, `http://localhost${PATH}`)
      ? new URL(href, `http://localhost${PATH}`)
      : undefined
    if (url === undefined || url.host !== 'localhost' || !url.pathname.startsWith(PATH)) return ''
    return percentDecoded(url.pathname.slice(PATH.length))
  })
}

function percentDecoded(path: string): string {
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

/** Every string in a JSON value, at any depth. */
function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(stringsIn)
}

/** The last line that contains a text, in printable ASCII, without terminal colours. */
function lineWith(log: string, text: string): string {
  const plain = log
    .replace(/\x1b\[[\d;]*m/g, '')
    .replace(/[^\n\x20-\x7e]/g, '')
    .replace(/"hostname":"[^"]*",/g, '')
  const line = plain.split('\n').findLast(one => one.includes(text)) ?? 'no line'
  return line.trim().slice(0, 100).replaceAll('`', '')
}
