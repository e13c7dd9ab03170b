import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { bytePartsOf, isHarmless, isPage, isWholeFile } from '../expectations.ts'
import { fieldOf, inWords, membersOf, type Reply } from '../reply.ts'
import { expectResponse, type Group, type Row, type RowContext, rowResult } from '../row.ts'
import { get } from '../send.ts'
import { DOCS, SCRIPT, SCRIPT_SIBLINGS, STYLE } from '../site.ts'

const PATH = '/app.js'
/** A server may send the first responses uncompressed, while it compresses. */
const TRIES = 8
const TRY_MS = 150

const row = (title: string, reference: string, check: Row['check']): Row => ({
  title,
  reference,
  profile: 'site',
  check,
})

const coded = (codings: string, path = PATH): string => get(path, { 'Accept-Encoding': codings })

const isSibling = (reply: Reply, coding: keyof typeof SCRIPT_SIBLINGS): boolean =>
  isWholeFile(reply, SCRIPT_SIBLINGS[coding]) && fieldOf(reply, 'content-encoding') === coding

/** Whether from the file beside it, or compressed on the fly. */
const isScript = (reply: Reply, coding: string): boolean =>
  isCoded(reply, coding) && isWholeFile(decoded(reply), SCRIPT)

const isIdentity = (reply: Reply): boolean =>
  isWholeFile(reply, SCRIPT) && fieldOf(reply, 'content-encoding') === undefined

const hasVary = (reply: Reply): boolean => {
  const members = membersOf(reply, 'vary')
  return members.includes('accept-encoding') || members.includes('*')
}

const isType = (reply: Reply): boolean => /javascript/.test(fieldOf(reply, 'content-type') ?? '')

const inCoding = (codings: string, expected: (reply: Reply) => boolean): Row['check'] =>
  expectResponse(coded(codings), expected, 'Content-Encoding')

export const codings: Group = {
  name: 'Content codings',
  rows: [
    row(
      '`app.js.br` beside the file, requested with `br`',
      'vercel/serve#543',
      inCoding('br', reply => isSibling(reply, 'br') && isType(reply)),
    ),
    row(
      '`app.js.gz` beside the file, requested with `gzip`',
      'vercel/serve#543',
      inCoding('gzip', reply => isSibling(reply, 'gzip') && isType(reply)),
    ),
    row(
      '`app.js.zst` beside the file, requested with `zstd`',
      'RFC 8878 §7.2',
      inCoding('zstd', reply => isSibling(reply, 'zstd') && isType(reply)),
    ),
    row(
      '`gzip;q=0.5`: gzip',
      'RFC 9110 §12.4.2',
      inCoding('gzip;q=0.5', reply => isScript(reply, 'gzip')),
    ),
    row(
      '`br;q=0.1, gzip;q=0.9`: gzip, which is preferred',
      'RFC 9110 §12.5.3',
      inCoding('br;q=0.1, gzip;q=0.9', reply => isScript(reply, 'gzip')),
    ),
    row(
      '`br;q=0, gzip;q=0`: neither',
      'RFC 9110 §12.4.2',
      inCoding('br;q=0, gzip;q=0', isIdentity),
    ),
    row(
      '`identity;q=0, gzip`: gzip',
      'RFC 9110 §12.5.3',
      inCoding('identity;q=0, gzip', reply => isScript(reply, 'gzip')),
    ),
    row('`xbr, notgzip`: neither', 'RFC 9110 §12.5.3', inCoding('xbr, notgzip', isIdentity)),
    row(
      '`only.js.gz` without `only.js`',
      'http-party/http-server#844',
      expectResponse(
        coded('gzip', '/only.js'),
        reply => isSibling(reply, 'gzip') && isType(reply),
        'Content-Encoding',
      ),
    ),
    row(
      'the index of a folder: its compressed file beside it',
      'fastify/fastify-static#270',
      expectResponse(
        coded('gzip', '/docs/'),
        reply => isPage(decoded(reply), DOCS) && isCoded(reply, 'gzip'),
        'Content-Encoding',
      ),
    ),
    row(
      'a range of a compressed file counts compressed bytes',
      'caddyserver/caddy#7250',
      expectResponse(
        get(PATH, { 'Accept-Encoding': 'gzip', Range: 'bytes=0-9' }),
        reply => {
          const isOfCoded = isCoded(reply, 'gzip')
          const whole = isOfCoded ? isScript(reply, 'gzip') : isIdentity(reply)
          return (
            whole ||
            bytePartsOf(reply, isOfCoded ? SCRIPT_SIBLINGS.gzip : SCRIPT)?.[0]?.bytes.length === 10
          )
        },
        'Content-Encoding',
        'Content-Range',
      ),
    ),
    row('compressed on the fly: gzip', 'RFC 9110 §8.4.1', onTheFly('gzip')),
    row('compressed on the fly: br', 'RFC 7932 §13', onTheFly('br')),
    row('no two codings share a strong ETag', 'RFC 9110 §8.8.3.3', async ({ send }) => {
      const tags = [await send(get(PATH)), await send(coded('gzip'))].map(reply =>
        fieldOf(reply, 'etag'),
      )
      const strong = tags.filter(tag => tag !== undefined && !tag.startsWith('W/'))
      return rowResult(new Set(strong).size === strong.length, `ETag: ${tags[0]} twice`)
    }),
    row(
      'If-None-Match with the tag of a compressed response: 304',
      'RFC 9110 §13.1.2',
      async ({ send }) => {
        const tag = fieldOf(await send(coded('gzip')), 'etag')
        if (tag === undefined) return rowResult(false, 'no ETag')
        const reply = await send(get(PATH, { 'Accept-Encoding': 'gzip', 'If-None-Match': tag }))
        return rowResult(reply.status === 304, inWords(reply, 'ETag'))
      },
    ),
    row(
      'Vary on a compressed 200',
      'RFC 9110 §12.5.5',
      expectResponse(coded('gzip'), hasVary, 'Vary'),
    ),
    row(
      'Vary on an uncompressed 200',
      'caddyserver/caddy#5849',
      expectResponse(get(PATH), hasVary, 'Vary'),
    ),
    row(
      'Vary on 206',
      'caddyserver/caddy#5849',
      expectResponse(
        get(PATH, { Range: 'bytes=0-9' }),
        reply => reply.status === 206 && hasVary(reply),
        'Vary',
      ),
    ),
    row('Vary on 304', 'fastify/fastify-static#230', async ({ send }) => {
      const current = await send(get(PATH))
      const reply = await send(
        get(PATH, {
          'If-None-Match': fieldOf(current, 'etag') ?? '"none"',
          'If-Modified-Since': fieldOf(current, 'last-modified') ?? '',
        }),
      )
      return rowResult(reply.status === 304 && hasVary(reply), inWords(reply, 'Vary'))
    }),
    row(
      'a compressed file that links out of the root is not followed',
      'CVE-2024-42367',
      expectResponse(coded('gzip', '/trap.js'), isHarmless, 'Content-Encoding'),
    ),
  ],
}

/** A compressed response arrives in time, and every response before it is correct. */
function onTheFly(coding: 'gzip' | 'br'): Row['check'] {
  return async ({ send, pause }: RowContext) => {
    let reply = await send(coded(coding, '/style.css'))
    for (let i = 1; i < TRIES && isWholeFile(reply, STYLE); i++) {
      await pause(TRY_MS)
      reply = await send(coded(coding, '/style.css'))
    }
    const passes = isCoded(reply, coding) && isWholeFile(decoded(reply), STYLE)
    return rowResult(passes, inWords(reply, 'Content-Encoding'))
  }
}

function isCoded(reply: Reply, coding: string): boolean {
  return fieldOf(reply, 'content-encoding') === coding
}

/** Removes the content coding. A response that cannot be decoded gets empty content. */
function decoded(reply: Reply): Reply {
  const decode = isCoded(reply, 'gzip')
    ? gunzipSync
    : isCoded(reply, 'br')
      ? brotliDecompressSync
      : undefined
  if (decode === undefined) return reply
  try {
    return { ...reply, content: decode(reply.content) }
  } catch {
    return { ...reply, content: Buffer.alloc(0) }
  }
}
