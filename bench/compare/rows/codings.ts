import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { get } from '../ask.ts'
import { isAll, isHarmless, isPage, partsOf } from '../expectations.ts'
import { fieldOf, inWords, membersOf, type Reply } from '../reply.ts'
import { asked, type Group, judge, type Row, type Scene } from '../row.ts'
import { DOCS, SCRIPT, SCRIPT_SIBLINGS, STYLE } from '../site.ts'

const PATH = '/app.js'
/** A server may send the first answers uncoded while it compresses. */
const TRIES = 8
const TRY_MS = 150

const row = (says: string, source: string, play: Row['play']): Row => ({
  says,
  source,
  profile: 'site',
  play,
})

const coded = (codings: string, path = PATH): string => get(path, { 'Accept-Encoding': codings })

const isSibling = (reply: Reply, coding: keyof typeof SCRIPT_SIBLINGS): boolean =>
  isAll(reply, SCRIPT_SIBLINGS[coding]) && fieldOf(reply, 'content-encoding') === coding

/** Whether the file lay there or was made. */
const isScript = (reply: Reply, coding: string): boolean =>
  isCoded(reply, coding) && isAll(decoded(reply), SCRIPT)

const isIdentity = (reply: Reply): boolean =>
  isAll(reply, SCRIPT) && fieldOf(reply, 'content-encoding') === undefined

const hasVary = (reply: Reply): boolean => {
  const members = membersOf(reply, 'vary')
  return members.includes('accept-encoding') || members.includes('*')
}

const isType = (reply: Reply): boolean => /javascript/.test(fieldOf(reply, 'content-type') ?? '')

const inCoding = (codings: string, expected: (reply: Reply) => boolean): Row['play'] =>
  asked(coded(codings), expected, 'Content-Encoding')

export const codings: Group = {
  name: 'Content codings',
  rows: [
    row(
      '`app.js.br` beside it, asked for `br`',
      'vercel/serve#543',
      inCoding('br', reply => isSibling(reply, 'br') && isType(reply)),
    ),
    row(
      '`app.js.gz` beside it, asked for `gzip`',
      'vercel/serve#543',
      inCoding('gzip', reply => isSibling(reply, 'gzip') && isType(reply)),
    ),
    row(
      '`app.js.zst` beside it, asked for `zstd`',
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
      asked(
        coded('gzip', '/only.js'),
        reply => isSibling(reply, 'gzip') && isType(reply),
        'Content-Encoding',
      ),
    ),
    row(
      'the index of a folder has siblings too',
      'fastify/fastify-static#270',
      asked(
        coded('gzip', '/docs/'),
        reply => isPage(decoded(reply), DOCS) && isCoded(reply, 'gzip'),
        'Content-Encoding',
      ),
    ),
    row(
      'a range of a coded file counts the coded bytes',
      'caddyserver/caddy#7250',
      asked(
        get(PATH, { 'Accept-Encoding': 'gzip', Range: 'bytes=0-9' }),
        reply => {
          const isOfCoded = isCoded(reply, 'gzip')
          const whole = isOfCoded ? isScript(reply, 'gzip') : isIdentity(reply)
          return (
            whole ||
            partsOf(reply, isOfCoded ? SCRIPT_SIBLINGS.gzip : SCRIPT)?.[0]?.bytes.length === 10
          )
        },
        'Content-Encoding',
        'Content-Range',
      ),
    ),
    row('compressed on the fly: gzip', 'RFC 9110 §8.4.1', onTheFly('gzip')),
    row('compressed on the fly: br', 'RFC 7932 §13', onTheFly('br')),
    row('no two codings share a strong ETag', 'RFC 9110 §8.8.3.3', async ({ ask }) => {
      const tags = [await ask(get(PATH)), await ask(coded('gzip'))].map(reply =>
        fieldOf(reply, 'etag'),
      )
      const strong = tags.filter(tag => tag !== undefined && !tag.startsWith('W/'))
      return judge(new Set(strong).size === strong.length, `ETag: ${tags[0]} twice`)
    }),
    row(
      'If-None-Match with the tag of a coded answer: 304',
      'RFC 9110 §13.1.2',
      async ({ ask }) => {
        const tag = fieldOf(await ask(coded('gzip')), 'etag')
        if (tag === undefined) return judge(false, 'no ETag')
        const reply = await ask(get(PATH, { 'Accept-Encoding': 'gzip', 'If-None-Match': tag }))
        return judge(reply.status === 304, inWords(reply, 'ETag'))
      },
    ),
    row('Vary on a coded 200', 'RFC 9110 §12.5.5', asked(coded('gzip'), hasVary, 'Vary')),
    row('Vary on an uncoded 200', 'caddyserver/caddy#5849', asked(get(PATH), hasVary, 'Vary')),
    row(
      'Vary on 206',
      'caddyserver/caddy#5849',
      asked(
        get(PATH, { Range: 'bytes=0-9' }),
        reply => reply.status === 206 && hasVary(reply),
        'Vary',
      ),
    ),
    row('Vary on 304', 'fastify/fastify-static#230', async ({ ask }) => {
      const current = await ask(get(PATH))
      const reply = await ask(
        get(PATH, {
          'If-None-Match': fieldOf(current, 'etag') ?? '"none"',
          'If-Modified-Since': fieldOf(current, 'last-modified') ?? '',
        }),
      )
      return judge(reply.status === 304 && hasVary(reply), inWords(reply, 'Vary'))
    }),
    row(
      'a sibling that links out of the root is not followed',
      'CVE-2024-42367',
      asked(coded('gzip', '/trap.js'), isHarmless, 'Content-Encoding'),
    ),
  ],
}

/** Some answer within the time is coded, and all are right. */
function onTheFly(coding: 'gzip' | 'br'): Row['play'] {
  return async ({ ask, pause }: Scene) => {
    let reply = await ask(coded(coding, '/style.css'))
    for (let i = 1; i < TRIES && isAll(reply, STYLE); i++) {
      await pause(TRY_MS)
      reply = await ask(coded(coding, '/style.css'))
    }
    const passes = isCoded(reply, coding) && isAll(decoded(reply), STYLE)
    return judge(passes, inWords(reply, 'Content-Encoding'))
  }
}

function isCoded(reply: Reply, coding: string): boolean {
  return fieldOf(reply, 'content-encoding') === coding
}

/** The answer without its coding; without content where it is not what it says. */
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
