import type { Config } from '#src/server/config/settings.js'
import { CHANGING, contentOf, ROOT } from './generate.ts'
import { Random } from './random.ts'
import type { ClientPlan, Condition, RequestPlan } from './scenario.ts'

const FOREVER_US = 60_000_000
const SMALL = ['a.js', 'b.png', 'c.txt', 'd.css']
const PAGES: readonly (readonly [target: string, name: string])[] = [
  ['/', 'index.html'],
  ['/page', 'page.html'],
  ['/docs/', 'docs/index.html'],
]
const ACCEPTED = [
  'gzip',
  'br, gzip',
  'zstd;q=0.5, gzip',
  'gzip;q=0.5, identity',
  'br, identity;q=0',
  '*',
]
const RANGES = [
  'bytes=0-99',
  'bytes=50-',
  'bytes=-30',
  'bytes=0-0,20-40,400-499',
  'bytes=9000000-',
  'bytes=x',
]
const STATIC: readonly (readonly [method: string, target: string, statuses: readonly number[]])[] =
  [
    ['GET', '/nothing', [404]],
    ['HEAD', '/nothing/there', [404]],
    ['GET', '/.hidden', [404]],
    ['GET', '/docs', [308]],
    ['GET', '/page.html', [308]],
    ['GET', '/a%00b', [400, 404]],
    ['GET', '/echo/hello', [200]],
    ['OPTIONS', '*', [204]],
    ['OPTIONS', '/a.js', [204]],
    ['DELETE', '/a.js', [405]],
    ['POST', '/a.js', [405]],
    ['BREW', '/a.js', [501]],
  ]
const MALFORMED: readonly (readonly [text: string, statuses: readonly number[]])[] = [
  ['GET / HTTP/1.1\r\nHost: a\r\nBad Field: x\r\n\r\n', [400]],
  ['GET / HTTP/1.1\r\n\r\n', [400]],
  ['GET / HTTP/2.0\r\nHost: a\r\n\r\n', [400, 505]],
  [`GET /${'l'.repeat(500)} HTTP/1.1\r\nHost: a\r\n\r\n`, [414]],
  [`GET / HTTP/1.1\r\nHost: a\r\nLong: ${'l'.repeat(3000)}\r\n\r\n`, [431]],
  ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', [400]],
  ['PUT /files/up.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', [400, 409]],
]

const PLAIN: RequestPlan = {
  id: '',
  kind: 'file',
  method: 'GET',
  target: '/',
  minor: 1,
  lines: [],
  closes: false,
  content: undefined,
  isChunked: false,
  expectsContinue: false,
  path: '',
  acceptEncoding: undefined,
  range: undefined,
  condition: undefined,
  statuses: [],
}

/** The client of a seed by its number. */
export function clientOf(
  seed: number,
  number: number,
  spanUs: number,
  config: Config,
  isFondWorld: boolean,
): ClientPlan {
  const random = new Random(seed, 10, number)
  const id = `c${number}`
  // Who asks the same again and again is answered with what is ready.
  const isFond = random.chance(isFondWorld ? 0.9 : 0.05)
  const count = isFond ? random.pick([6, 12, 40]) : random.pick([1, 2, 3, 4, 8])
  const isRude = random.chance(0.2)
  const isSlow = random.chance(isFond ? 0.6 : 0.25)
  const timeoutsUs = [50_000, 400_000, 3_000_000, FOREVER_US]
  return {
    id,
    connectUs: random.below(spanUs / 2),
    requests: Array.from({ length: count }, (_, at) =>
      isFond
        ? fondRequest(new Random(seed, 12, number % 2, at % 3), `${id}.${at}`)
        : requestOf(new Random(seed, 11, number, at), `${id}.${at}`, config, at === count - 1),
    ),
    isPipelined: random.chance(0.5),
    chunkBytesMax: random.pick([1, 20, 200, 100_000, 100_000]),
    gapUs: random.pick([0, 50, 2000]),
    stall: random.chance(0.25)
      ? { afterBytes: random.below(count * 120), us: random.pick(timeoutsUs) }
      : undefined,
    end: isRude
      ? { how: 'reset', afterBytes: random.below(count * 100), us: random.pick([0, 300, 20_000]) }
      : { how: random.pick(['half-close', 'close', 'stay', 'stay']) },
    reader: {
      kernelBytes: isSlow ? random.pick([500, 5000, 30_000]) : random.pick([30_000, 200_000]),
      bytes: isSlow ? random.pick([200, 3000]) : 200_000,
      everyUs: isSlow ? random.pick([500, 20_000]) : random.pick([20, 300]),
      stall: random.chance(0.2)
        ? { afterBytes: random.below(random.pick([10, 3000, 30_000])), us: random.pick(timeoutsUs) }
        : undefined,
    },
    directly: random.pick([0, 1, 1, 0.5]),
    seed: random.below(2 ** 31),
  }
}

function requestOf(random: Random, id: string, config: Config, isLast: boolean): RequestPlan {
  const plain: RequestPlan = { ...PLAIN, id, method: random.chance(0.8) ? 'GET' : 'HEAD' }
  const kind = random.below(100)
  const dressed = kind < 62 ? fileRequest(random, plain) : otherRequest(random, plain, kind, config)
  if (dressed.kind === 'malformed') return dressed
  if (random.chance(isLast ? 0.2 : 0.04))
    return { ...dressed, closes: true, lines: [...dressed.lines, 'Connection: close'] }
  if (
    random.chance(0.04) &&
    !dressed.statuses.includes(417) &&
    !dressed.isChunked &&
    !dressed.expectsContinue
  )
    return random.chance(0.5)
      ? { ...dressed, minor: 0, closes: true }
      : {
          ...dressed,
          minor: 0,
          closes: dressed.kind === 'stream',
          lines: [...dressed.lines, 'Connection: keep-alive'],
        }
  return dressed
}

/** One of few of a client's, so that what it has asked once is ready. */
function fondRequest(random: Random, id: string): RequestPlan {
  const name = random.pick(SMALL)
  return {
    ...PLAIN,
    id,
    target: `/${name}`,
    path: `${ROOT}/${name}`,
    acceptEncoding: random.pick([undefined, 'gzip', 'br, gzip']),
  }
}

function fileRequest(random: Random, plain: RequestPlan): RequestPlan {
  const isPage = random.chance(0.2)
  const name = random.pick(CHANGING)
  const [target, file] = isPage ? random.pick(PAGES) : [`/${name}`, name]
  const viaFiles = !isPage && random.chance(0.1)
  const field = random.pick([
    'If-None-Match',
    'If-None-Match',
    'If-Match',
    'If-Range',
    'If-Modified-Since',
  ] as const)
  const condition: Condition = {
    field,
    value:
      field === 'If-Modified-Since' || field === 'If-Range'
        ? 'learnt'
        : random.pick(['learnt', 'learnt', 'bogus', '*']),
  }
  const isConditional = random.chance(0.3)
  const isRanged = random.chance(0.2) || (isConditional && field === 'If-Range')
  return {
    ...plain,
    target: viaFiles ? `/files/${file}` : random.chance(0.1) ? `${target}?q=1` : target,
    path: `${ROOT}/${file}`,
    acceptEncoding: random.chance(0.5) ? random.pick(ACCEPTED) : undefined,
    range: isRanged ? random.pick(RANGES) : undefined,
    condition: isConditional ? condition : undefined,
  }
}

function otherRequest(
  random: Random,
  plain: RequestPlan,
  kind: number,
  config: Config,
): RequestPlan {
  if (kind < 74) {
    const [method, target, statuses] = random.pick(STATIC)
    const content =
      method === 'POST' || random.chance(0.1)
        ? contentOf(random.below(1e6), random.pick([3, 900, 1500]))
        : undefined
    return {
      ...plain,
      kind: 'fixed',
      method,
      target,
      statuses,
      content,
      isChunked: random.chance(0.3),
    }
  }
  if (kind < 77) {
    const lines = ['Expect: 200-maybe']
    return { ...plain, kind: 'fixed', target: '/a.js', lines, statuses: [417] }
  }
  if (kind < 80) {
    const [text, statuses] = random.pick(MALFORMED)
    return { ...plain, kind: 'malformed', method: 'GET', target: text, statuses, closes: true }
  }
  if (kind < 90) {
    const bytes = random.pick([0, 10, 1000, 3000, 3000, config.uploadBytesMax + 10])
    const name = random.pick(['up.txt', 'up.txt', 'a.js', 'new.css'])
    return withContent(
      random,
      plain,
      'upload',
      random.pick(['PUT', 'POST']),
      `/files/${name}`,
      bytes,
    )
  }
  if (kind < 93) return { ...plain, kind: 'sleep', target: '/sleep' }
  if (kind < 96) return { ...plain, kind: 'stream', target: '/stream' }
  if (kind < 98)
    return withContent(random, plain, 'text', 'POST', '/text', random.pick([0, 5, 1500, 3000]))
  return { ...plain, kind: 'boom', target: '/boom' }
}

function withContent(
  random: Random,
  plain: RequestPlan,
  kind: RequestPlan['kind'],
  method: string,
  target: string,
  bytes: number,
): RequestPlan {
  return {
    ...plain,
    kind,
    method,
    target,
    path: target.startsWith('/files/') ? `${ROOT}/${target.slice('/files/'.length)}` : '',
    content: contentOf(random.below(2 ** 31), bytes),
    isChunked: random.chance(0.4),
    expectsContinue: random.chance(0.25),
  }
}
