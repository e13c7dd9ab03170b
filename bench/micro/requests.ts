/**
 * Request heads of shapes that servers receive. Each shape has several variants of the same size,
 * which the benchmarks parse in turn: a branch predictor would memorise a single request.
 */

export type Shape = { readonly name: string; readonly variants: readonly string[] }

const VARIANTS = 8

/** Coprime with the length of the alphabet, so that letters differ between positions. */
const STRIDE = 7

function shape(name: string, write: (variant: number) => string): Shape {
  return { name, variants: Array.from({ length: VARIANTS }, (_, variant) => write(variant)) }
}

function head(target: string, fields: readonly string[], method = 'GET'): string {
  return `${[`${method} ${target} HTTP/1.1`, ...fields].join('\r\n')}\r\n\r\n`
}

/** Letters and digits, different for each variant. */
export function filler(length: number, variant: number): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
  return Array.from(
    { length },
    (_, i) => alphabet[(i * STRIDE + variant * 11) % alphabet.length],
  ).join('')
}

/** A request by curl. */
const small: Shape = shape('small GET', variant =>
  head(`/${filler(8, variant)}.css`, [
    'Host: www.example.com',
    'User-Agent: curl/8.5.0',
    'Accept: */*',
  ]),
)

/**
 * Like the request of picohttpparser's own benchmark: its size, its fields and their order, with
 * other names and tokens.
 */
export const BROWSER_BYTES = 703
export const browser: Shape = shape('703-byte browser request', variant => {
  const fields = (cookie: string): readonly string[] => [
    'Host: www.example.org',
    'User-Agent: Mozilla/5.0 (Macintosh; U; Intel Mac OS X 10.6; ja-JP-mac; rv:1.9.2.3) Gecko/20100401 Firefox/3.6.3 Extension/0.9',
    'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'Accept-Language: ja,en-us;q=0.7,en;q=0.3',
    'Accept-Encoding: gzip,deflate',
    'Accept-Charset: Shift_JIS,utf-8;q=0.7,*;q=0.7',
    'Keep-Alive: 115',
    'Connection: keep-alive',
    `Cookie: visits=2; last_visit=${filler(10, variant)}; campaign=(referral)|source=reader.example.com|path=/reader/; token=${cookie}`,
  ]
  const target = `/content/uploads/2010/03/${filler(31, variant)}.jpg`
  const rest = BROWSER_BYTES - head(target, fields('')).length
  return head(target, fields(filler(rest, variant + 1)))
})

const cookies: Shape = shape('2 KiB of cookies', variant =>
  head('/', [
    'Host: www.example.com',
    'Accept: text/html',
    `Cookie: ${Array.from({ length: 16 }, (_, i) => `name${i}=${filler(118, variant + i)}`).join('; ')}`,
  ]),
)

const manyFields: Shape = shape('100 fields', variant =>
  head('/', ['Host: www.example.com', ...shortFields(99, variant)]),
)

const longField: Shape = shape('a field of 7 KiB', variant =>
  head('/', ['Host: www.example.com', `X-Long: ${filler(7 * 1024, variant)}`]),
)

export const SHAPES: readonly Shape[] = [small, browser, cookies, manyFields, longField]

/** All shapes in turn, so that V8 does not optimise a parser for one of them. */
export const mixed: Shape = {
  name: 'all shapes in turn',
  variants: Array.from({ length: VARIANTS }, (_, variant) =>
    SHAPES.map(({ variants }) => variants[variant]!),
  ).flat(),
}

/** A head with a field value of this size. */
export function withLongValue(bytes: number): Shape {
  return shape(`a value of ${bytes} bytes`, variant =>
    head('/', ['Host: a', `X-Long: ${filler(bytes, variant)}`]),
  )
}

/** A head with this many fields. */
export function withFields(count: number): Shape {
  return shape(`${count} fields`, variant =>
    head('/', ['Host: a', ...shortFields(count - 1, variant)]),
  )
}

/** A request with chunked content, in chunks of this size. */
export function chunked(contentBytes: number, chunkBytes: number): Shape {
  return shape(`chunks of ${chunkBytes} bytes`, variant => {
    const chunk = `${chunkBytes.toString(16)}\r\n${filler(chunkBytes, variant)}\r\n`
    const fields = ['Host: a', 'Transfer-Encoding: chunked']
    return `${head('/', fields, 'POST')}${chunk.repeat(contentBytes / chunkBytes)}0\r\n\r\n`
  })
}

function shortFields(count: number, variant: number): string[] {
  return Array.from({ length: count }, (_, i) => `X-Field-${i % 10}: ${filler(12, variant + i)}`)
}
