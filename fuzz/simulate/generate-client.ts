import type { Config } from '#src/server/config/config.js'
import { Random } from './random.ts'
import type { ClientPlan, Condition, RequestPlan } from './scenario.ts'
import { CHANGING_FILES, contentOf, ROOT } from './site-files.ts'

const FOREVER_US = 60_000_000
const SMALL = ['a.js', 'b.png', 'c.txt', 'd.css']
const PAGES: readonly (readonly [target: string, name: string])[] = [
  ['/', 'index.html'],
  ['/page', 'page.html'],
  ['/docs/', 'docs/index.html'],
  ['/page.html', 'page.html'],
  ['/docs/index.html', 'docs/index.html'],
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
const FIXED: readonly (readonly [method: string, target: string, statuses: readonly number[]])[] = [
  ['GET', '/nothing', [404]],
  ['HEAD', '/nothing/there', [404]],
  ['GET', '/.hidden', [404]],
  ['GET', '/docs', [301]],
  ['GET', '/./docs//', [301]],
  ['GET', '/page/', [301]],
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

const BASIC: RequestPlan = {
  id: '',
  kind: 'file',
  method: 'GET',
  target: '/',
  minor: 1,
  fieldLines: [],
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

/**
 * Returns the client of a seed with this number. In a scenario with much caching (`isCaching`) most
 * clients repeat a few requests.
 */
export function generateClient(
  seed: number,
  number: number,
  spanUs: number,
  config: Config,
  isCaching: boolean,
): ClientPlan {
  const random = new Random(seed, 10, number)
  const id = `c${number}`
  const isRepetitive = random.chance(isCaching ? 0.9 : 0.05)
  const count = isRepetitive ? random.pick([6, 12, 40]) : random.pick([1, 2, 3, 4, 8])
  const resets = random.chance(0.2)
  const isSlow = random.chance(isRepetitive ? 0.6 : 0.25)
  const timeoutsUs = [50_000, 400_000, 3_000_000, FOREVER_US]
  return {
    id,
    connectUs: random.below(spanUs / 2),
    requests: Array.from({ length: count }, (_, at) =>
      isRepetitive
        ? repeatedRequest(new Random(seed, 12, number % 2, at % 3), `${id}.${at}`)
        : requestOf(new Random(seed, 11, number, at), `${id}.${at}`, config, at === count - 1),
    ),
    isPipelined: random.chance(0.5),
    chunkBytesMax: random.pick([1, 20, 200, 100_000, 100_000]),
    gapUs: random.pick([0, 50, 2000]),
    stall: random.chance(0.25)
      ? { afterBytes: random.below(count * 120), us: random.pick(timeoutsUs) }
      : undefined,
    end: resets
      ? { kind: 'reset', afterBytes: random.below(count * 100), us: random.pick([0, 300, 20_000]) }
      : { kind: random.pick(['half-close', 'close', 'stay', 'stay']) },
    reader: {
      kernelBytes: isSlow ? random.pick([500, 5000, 30_000]) : random.pick([30_000, 200_000]),
      bytes: isSlow ? random.pick([200, 3000]) : 200_000,
      everyUs: isSlow ? random.pick([500, 20_000]) : random.pick([20, 300]),
      stall: random.chance(0.2)
        ? { afterBytes: random.below(random.pick([10, 3000, 30_000])), us: random.pick(timeoutsUs) }
        : undefined,
    },
    transport: random.pick(['stream', 'direct', 'raw', 'mixed'] as const),
    seed: random.below(2 ** 31),
  }
}

function requestOf(random: Random, id: string, config: Config, isLast: boolean): RequestPlan {
  const basic: RequestPlan = { ...BASIC, id, method: random.chance(0.8) ? 'GET' : 'HEAD' }
  const kind = random.below(100)
  const plan = kind < 62 ? fileRequest(random, basic) : otherRequest(random, basic, kind, config)
  if (plan.kind === 'malformed') return plan
  if (random.chance(isLast ? 0.2 : 0.04))
    return { ...plan, closes: true, fieldLines: [...plan.fieldLines, 'Connection: close'] }
  if (
    random.chance(0.04) &&
    !plan.statuses.includes(417) &&
    !plan.isChunked &&
    !plan.expectsContinue
  )
    return random.chance(0.5)
      ? { ...plan, minor: 0, closes: true }
      : {
          ...plan,
          minor: 0,
          // To an HTTP/1.0 client the end of a stream is the end of the connection.
          closes: plan.kind === 'stream',
          fieldLines: [...plan.fieldLines, 'Connection: keep-alive'],
        }
  return plan
}

/** One of three requests that a client repeats, so that the response is cached. */
function repeatedRequest(random: Random, id: string): RequestPlan {
  const name = random.pick(SMALL)
  return {
    ...BASIC,
    id,
    target: `/${name}`,
    path: `${ROOT}/${name}`,
    acceptEncoding: random.pick([undefined, 'gzip', 'br, gzip']),
  }
}

function fileRequest(random: Random, basic: RequestPlan): RequestPlan {
  const isPage = random.chance(0.2)
  const name = random.pick(CHANGING_FILES)
  const [target, file] = isPage ? random.pick(PAGES) : [`/${name}`, name]
  const viaFiles = !isPage && random.chance(0.1)
  const field = random.pick([
    'If-None-Match',
    'If-None-Match',
    'If-Match',
    'If-Range',
    'If-Modified-Since',
    'If-Unmodified-Since',
  ] as const)
  const condition: Condition = {
    field,
    value:
      field.endsWith('Since') || field === 'If-Range'
        ? 'known'
        : random.pick(['known', 'known', 'bogus', '*']),
  }
  const isConditional = random.chance(0.3)
  const isRanged = random.chance(0.2) || (isConditional && field === 'If-Range')
  return {
    ...basic,
    target: viaFiles ? `/files/${file}` : random.chance(0.1) ? `${target}?q=1` : target,
    path: `${ROOT}/${file}`,
    acceptEncoding: random.chance(0.5) ? random.pick(ACCEPTED) : undefined,
    range: isRanged ? random.pick(RANGES) : undefined,
    condition: isConditional ? condition : undefined,
  }
}

function otherRequest(
  random: Random,
  basic: RequestPlan,
  kind: number,
  config: Config,
): RequestPlan {
  if (kind < 74) {
    const [method, target, statuses] = random.pick(FIXED)
    const content =
      method === 'POST' || random.chance(0.1)
        ? contentOf(random.below(1e6), random.pick([3, 900, 1500]))
        : undefined
    return {
      ...basic,
      kind: 'fixed',
      method,
      target,
      statuses,
      content,
      isChunked: random.chance(0.3),
    }
  }
  if (kind < 77) {
    const fieldLines = ['Expect: 200-maybe']
    return { ...basic, kind: 'fixed', target: '/a.js', fieldLines, statuses: [417] }
  }
  if (kind < 80) {
    const [text, statuses] = random.pick(MALFORMED)
    return { ...basic, kind: 'malformed', method: 'GET', target: text, statuses, closes: true }
  }
  if (kind < 90) {
    const bytes = random.pick([0, 10, 1000, 3000, 3000, config.uploadBytesMax + 10])
    const name = random.pick(['up.txt', 'up.txt', 'a.js', 'new.css'])
    return withContent(
      random,
      basic,
      'upload',
      random.pick(['PUT', 'POST']),
      `/files/${name}`,
      bytes,
    )
  }
  if (kind < 93) return { ...basic, kind: 'sleep', target: '/sleep' }
  if (kind < 96) return { ...basic, kind: 'stream', target: '/stream' }
  if (kind < 98)
    return withContent(random, basic, 'text', 'POST', '/text', random.pick([0, 5, 1500, 3000]))
  return { ...basic, kind: 'boom', target: '/boom' }
}

function withContent(
  random: Random,
  basic: RequestPlan,
  kind: RequestPlan['kind'],
  method: string,
  target: string,
  bytes: number,
): RequestPlan {
  return {
    ...basic,
    kind,
    method,
    target,
    path: target.startsWith('/files/') ? `${ROOT}/${target.slice('/files/'.length)}` : '',
    content: contentOf(random.below(2 ** 31), bytes),
    isChunked: random.chance(0.4),
    expectsContinue: random.chance(0.25),
  }
}
