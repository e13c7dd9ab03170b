import { describe, expect, it } from 'vitest'
import type { FieldLine } from '../../src/response/response-head.ts'
import type { AssetBody, ResponsePlan } from '../../src/response/response-plan.ts'
import { type Asset, plan, type Representation } from '../../src/response/static-plan.ts'

const NOW_MS = Date.UTC(2026, 10, 22, 12)
const MODIFIED_MS = Date.UTC(2026, 0, 1)
const MODIFIED = 'Thu, 01 Jan 2026 00:00:00 GMT'
const EARLIER = 'Wed, 31 Dec 2025 23:59:59 GMT'

const identity: Representation = {
  coding: 'identity',
  etag: '"v"',
  lastModifiedMs: MODIFIED_MS,
  size: 1000,
}
const brotli: Representation = { ...identity, coding: 'br', etag: '"v-br"', size: 300 }
const gzip: Representation = { ...identity, coding: 'gzip', etag: '"v-gzip"', size: 400 }
const made = (representation: Representation): Representation => ({
  ...representation,
  isMade: true,
})
const uncompressed = (representation: Representation): Representation => ({
  ...made(representation),
  size: undefined,
})

const png: Asset = {
  name: 'a.png',
  representations: [identity],
  isNegotiable: false,
  cacheControl: 'no-cache',
}
const css: Asset = {
  ...png,
  name: 'a.css',
  representations: [brotli, gzip, identity],
  isNegotiable: true,
}
const cssOf = (...representations: Representation[]): Asset => ({ ...css, representations })

function planOf(fields: Record<string, string>, asset: Asset = png, method = 'GET') {
  const head = { method, field: (name: string) => fields[name] }
  return plan(head, asset, { nowMs: NOW_MS, boundary: 'BOUNDARY' })
}

function sent(
  fields: Record<string, string>,
  asset?: Asset,
  method?: string,
): { status: number; fields: Record<string, string>; body: ResponsePlan['body'] } {
  const planned = planOf(fields, asset, method)
  if (planned.kind !== 'send') throw new Error('no representation is ready to be sent')
  return { ...planned.plan, fields: Object.fromEntries(planned.plan.fields as FieldLine[]) }
}

const piecesOf = ({ body }: { body: ResponsePlan['body'] }): string[] =>
  (body as AssetBody).pieces.map(piece =>
    piece instanceof Uint8Array
      ? Buffer.from(piece).toString('latin1')
      : `${piece.from}-${piece.to}`,
  )

describe('plan', () => {
  it('plans the file, its validators, its type and Vary for a GET', () => {
    expect(sent({}, css)).toEqual({
      status: 200,
      body: { coding: 'identity', pieces: [{ from: 0, to: 1000 }], length: 1000 },
      fields: {
        'Content-Type': 'text/css; charset=utf-8',
        'X-Content-Type-Options': 'nosniff',
        'Accept-Ranges': 'bytes',
        'Last-Modified': MODIFIED,
        ETag: '"v"',
        'Cache-Control': 'no-cache',
        Vary: 'Accept-Encoding',
      },
    })
  })

  it('has no Vary if Accept-Encoding does not matter', () => {
    expect(sent({}, png).fields).not.toHaveProperty('Vary')
  })

  it('has the given Cache-Control', () => {
    const { fields } = sent({}, { ...png, cacheControl: 'public, max-age=60' })
    expect(fields['Cache-Control']).toBe('public, max-age=60')
  })

  it.each([
    ['the last second', NOW_MS - 1000, 'Sun, 22 Nov 2026 11:59:59 GMT'],
    ['the future: RFC 9110 §8.8.2.1', NOW_MS + 60_000, 'Sun, 22 Nov 2026 12:00:00 GMT'],
    ['no time', undefined, undefined],
  ])('has the Last-Modified of a time in %s', (_, lastModifiedMs, expected) => {
    const asset = { ...png, representations: [{ ...identity, lastModifiedMs }] }
    expect(sent({}, asset).fields['Last-Modified']).toBe(expected)
  })
})

describe('the plan of a HEAD', () => {
  it('is that of the GET request', () => {
    expect(sent({}, css, 'HEAD')).toEqual(sent({}, css))
    expect(sent({ 'if-none-match': '"v"' }, css, 'HEAD')).toEqual(
      sent({ 'if-none-match': '"v"' }, css),
    )
  })

  it('ignores Range: RFC 9110 §14.2', () => {
    expect(sent({ range: 'bytes=0-0' }, css, 'HEAD')).toEqual(sent({}, css))
    expect(sent({ range: 'bytes=5000-' }, css, 'HEAD').status).toBe(200)
  })
})

describe('the content coding: RFC 9110 §12.5.3', () => {
  it.each([
    ['br, gzip', 'br'],
    ['gzip, br', 'br'],
    ['gzip', 'gzip'],
    ['gzip;q=1, br;q=0.5', 'gzip'],
    ['*', 'br'],
    ['*;q=0.1, identity', 'identity'],
    ['zstd', 'identity'],
    ['', 'identity'],
  ])('for %j is %s', (accepted, expected) => {
    const { fields, body } = sent({ 'accept-encoding': accepted }, css)
    expect((body as AssetBody).coding).toBe(expected)
    expect(fields['Content-Encoding']).toBe(expected === 'identity' ? undefined : expected)
    const representation = css.representations.find(({ coding }) => coding === expected)!
    expect(fields.ETag).toBe(representation.etag)
    expect((body as AssetBody).length).toBe(representation.size)
  })

  it('is 406 with Vary if nothing is acceptable', () => {
    const { status, fields } = sent({ 'accept-encoding': 'zstd, identity;q=0' }, css)
    expect({ status, Vary: fields.Vary }).toEqual({ status: 406, Vary: 'Accept-Encoding' })
    const other = sent({ 'accept-encoding': 'identity;q=0' }, png)
    expect([other.status, other.fields.Vary]).toEqual([406, 'Accept-Encoding'])
  })

  it('is requested if it does not exist yet, and the next best is sent', () => {
    const accepted = { 'accept-encoding': 'br, gzip' }
    expect(
      planOf(accepted, cssOf(uncompressed(brotli), uncompressed(gzip), identity)),
    ).toMatchObject({
      kind: 'send',
      better: 'br',
      plan: { body: { coding: 'identity' } },
    })
    expect(planOf(accepted, cssOf(uncompressed(brotli), gzip, identity))).toMatchObject({
      better: 'br',
      plan: { body: { coding: 'gzip' } },
    })
    expect(planOf(accepted, css)).toMatchObject({
      better: undefined,
      plan: { body: { coding: 'br' } },
    })
  })

  it('is made first if identity is not acceptable', () => {
    const asset = cssOf(uncompressed(brotli), uncompressed(gzip), identity)
    expect(planOf({ 'accept-encoding': 'gzip, identity;q=0' }, asset)).toEqual({
      kind: 'compress',
      coding: 'gzip',
      isRequired: true,
    })
  })

  it('is made for the first response to a small file, and its failure leaves the next best', () => {
    const accepted = { 'accept-encoding': 'br, gzip' }
    const asset = cssOf(uncompressed(brotli), gzip, identity)
    const small = { ...asset, compressesAtOnce: true }
    const compress = { kind: 'compress', coding: 'br', isRequired: false }
    expect(planOf(accepted, small)).toEqual(compress)
    expect(planOf(accepted, small, 'HEAD')).toEqual(compress)
    expect(planOf(accepted, asset)).toMatchObject({ better: 'br', cacheable: undefined })
    // Neither for a client that prefers what exists, nor for a 304, nor for a part.
    expect(planOf({}, small).kind).toBe('send')
    expect(planOf({ ...accepted, 'if-none-match': '"v-gzip"' }, small).kind).toBe('send')
    expect(planOf({ ...accepted, range: 'bytes=0-9' }, small).kind).toBe('send')
  })

  it('has no Accept-Ranges if it is made here: there are no parts of it', () => {
    const accepted = { 'accept-encoding': 'gzip' }
    expect(sent(accepted, css).fields).toHaveProperty('Accept-Ranges')
    expect(sent(accepted, cssOf(made(gzip), identity)).fields).not.toHaveProperty('Accept-Ranges')
  })

  it('may be the only representation of a file', () => {
    expect(sent({ 'accept-encoding': 'gzip' }, cssOf(gzip)).fields['Content-Encoding']).toBe('gzip')
    // RFC 9110 §12.5.3: without the field any coding is acceptable.
    expect(sent({}, cssOf(gzip)).fields['Content-Encoding']).toBe('gzip')
    expect(sent({ 'accept-encoding': 'br' }, cssOf(gzip)).status).toBe(406)
  })
})

describe('preconditions: RFC 9110 §13.2.2', () => {
  it('lead to a 304 with ETag, Cache-Control and Vary, and without content fields', () => {
    expect(sent({ 'accept-encoding': 'gzip', 'if-none-match': '"x", "v-gzip"' }, css)).toEqual({
      status: 304,
      body: 'none',
      fields: { ETag: '"v-gzip"', 'Cache-Control': 'no-cache', Vary: 'Accept-Encoding' },
    })
  })

  it('match a representation that does not exist yet, because its tag is known', () => {
    const asset = cssOf(uncompressed(brotli), identity)
    const { status, fields } = sent({ 'accept-encoding': 'br', 'if-none-match': '"v-br"' }, asset)
    expect({ status, ETag: fields.ETag }).toEqual({ status: 304, ETag: '"v-br"' })
  })

  it('match any acceptable representation, and no other', () => {
    const accepted = { 'accept-encoding': 'br, gzip' }
    expect(sent({ ...accepted, 'if-none-match': '"v-gzip"' }, css).fields.ETag).toBe('"v-gzip"')
    expect(sent({ ...accepted, 'if-none-match': '"v"' }, css).fields.ETag).toBe('"v"')
    expect(sent({ 'accept-encoding': 'gzip', 'if-none-match': '"v-br"' }, css).status).toBe(200)
  })

  it.each([
    [{ 'if-modified-since': MODIFIED }, 304],
    [{ 'if-modified-since': EARLIER }, 200],
    [{ 'if-modified-since': 'never' }, 200],
    [{ 'if-none-match': '"x"', 'if-modified-since': MODIFIED }, 200],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': 'W/"v"' }, 304],
    [{ 'if-match': '"v"' }, 200],
    [{ 'if-match': '"x"' }, 412],
    [{ 'if-match': 'W/"v"' }, 412],
    [{ 'if-match': '*' }, 200],
    [{ 'if-match': '"x"', 'if-none-match': '"v"' }, 412],
    [{ 'if-match': '"v"', 'if-none-match': '"v"' }, 304],
    [{ 'if-unmodified-since': EARLIER }, 412],
    [{ 'if-unmodified-since': MODIFIED }, 200],
    [{ 'if-none-match': '"v"', range: 'bytes=0-0' }, 304],
  ])('%j is %d', (fields: Record<string, string>, status) => {
    expect(sent(fields).status).toBe(status)
  })
})

describe('ranges: RFC 9110 §14', () => {
  it.each([
    ['bytes=0-0', 'bytes 0-0/1000', '0-1'],
    ['bytes=-500', 'bytes 500-999/1000', '500-1000'],
    ['bytes=-2000', 'bytes 0-999/1000', '0-1000'],
    ['bytes=0-18446744073709551615', 'bytes 0-999/1000', '0-1000'],
    ['bytes=999-', 'bytes 999-999/1000', '999-1000'],
  ])('%s is 206 %s', (range, contentRange, piece) => {
    const planned = sent({ range })
    expect(planned.status).toBe(206)
    expect(planned.fields['Content-Range']).toBe(contentRange)
    expect(planned.fields['Content-Type']).toBe('image/png')
    expect(piecesOf(planned)).toEqual([piece])
  })

  it.each(['bytes=500-400', 'units=0-1', 'bytes', 'bytes=a-b', 'none'])('%s is ignored', range => {
    expect(sent({ range })).toEqual(sent({}))
  })

  it('beyond the end lead to 416 with the length, without the file', () => {
    const { status, fields, body } = sent(
      { range: 'bytes=1000-', 'accept-encoding': 'identity' },
      css,
    )
    expect(status).toBe(416)
    expect(fields).toMatchObject({
      'Content-Range': 'bytes */1000',
      'Accept-Ranges': 'bytes',
      Vary: 'Accept-Encoding',
    })
    expect(fields).not.toHaveProperty('ETag')
    expect(Buffer.from(body as Uint8Array).toString()).toBe('416 Range Not Satisfiable\n')
  })

  it('are parts of one body if there are several', () => {
    const planned = sent({ range: 'bytes=0-1,500-501' })
    expect(planned.status).toBe(206)
    expect(planned.fields['Content-Type']).toBe('multipart/byteranges; boundary=BOUNDARY')
    expect(planned.fields).not.toHaveProperty('Content-Range')
    const pieces = piecesOf(planned)
    expect([pieces[1], pieces[3]]).toEqual(['0-2', '500-502'])
    expect(pieces[0]).toContain('Content-Range: bytes 0-1/1000\r\n')
    expect(pieces[2]).toContain('Content-Range: bytes 500-501/1000\r\n')
    expect(pieces[4]).toBe('\r\n--BOUNDARY--\r\n')
    const heads = [pieces[0]!, pieces[2]!, pieces[4]!].map(text => text.length)
    expect((planned.body as AssetBody).length).toBe(4 + heads.reduce((sum, length) => sum + length))
  })

  it('that would take more bytes than the whole file are ignored', () => {
    const small = { ...png, representations: [{ ...identity, size: 160 }] }
    expect(sent({ range: 'bytes=0-1,150-151' }, small).status).toBe(200)
  })

  it('are parts for 20 ranges, as zsync requests them, and never more than the file', () => {
    const zsync = `bytes=${Array.from({ length: 20 }, (_, n) => `${n * 4096}-${n * 4096 + 2047}`)}`
    const sized = (size: number): Asset => ({ ...png, representations: [{ ...identity, size }] })
    const planned = sent({ range: zsync }, sized(1_000_000))
    expect(planned.status).toBe(206)
    expect(piecesOf(planned)).toHaveLength(41)
    // The heads of the parts count.
    const ranges = `bytes=${Array.from({ length: 200 }, (_, n) => `${n * 10}-${n * 10}`)}`
    const { length } = sent({ range: ranges }, sized(1_000_000)).body as AssetBody
    expect(length).toBeGreaterThan(200 * 50)
    for (const [size, status] of [
      [length - 500, 200],
      [length + 500, 206],
    ] as const) {
      const { body, ...response } = sent({ range: ranges }, sized(size))
      expect(response.status).toBe(status)
      expect((body as AssetBody).length).toBeLessThanOrEqual(size)
    }
  })

  it('of an empty file are ignored: it is sent', () => {
    const empty = { ...png, representations: [{ ...identity, size: 0 }] }
    for (const range of ['bytes=0-', 'bytes=-1', 'bytes=5-9'])
      expect(sent({ range }, empty)).toEqual(sent({}, empty))
  })

  it('of a compressed representation count its bytes', () => {
    const planned = sent(
      { 'accept-encoding': 'gzip', range: 'bytes=-1', 'if-range': '"v-gzip"' },
      css,
    )
    expect(planned.fields['Content-Range']).toBe('bytes 399-399/400')
    expect(planned.fields['Content-Encoding']).toBe('gzip')
    expect((planned.body as AssetBody).coding).toBe('gzip')
  })

  it.each([
    ['the tag', '"v"', 206],
    ['another tag', '"x"', 200],
    ['the tag, weak', 'W/"v"', 200],
    ['the tag of another coding', '"v-br"', 200],
    ['the date', MODIFIED, 206],
    ['an earlier date', EARLIER, 200],
    ['a later date', 'Fri, 02 Jan 2026 00:00:00 GMT', 200],
  ])('with %s in If-Range: RFC 9110 §13.1.5', (_, ifRange, status) => {
    expect(sent({ range: 'bytes=0-0', 'if-range': ifRange }, css).status).toBe(status)
  })

  it('of a file with a weak tag apply only without If-Range', () => {
    const weak = { ...png, representations: [{ ...identity, etag: 'W/"v"' }] }
    expect(sent({ range: 'bytes=0-0' }, weak).status).toBe(206)
    expect(sent({ range: 'bytes=0-0', 'if-range': 'W/"v"' }, weak).status).toBe(200)
    // The date does not match either: a file that changed recently has an old date only if a tool
    // set it.
    expect(sent({ range: 'bytes=0-0', 'if-range': MODIFIED }, weak).status).toBe(200)
  })
})

describe('a request for a part, or for one representation', () => {
  const ACCEPTED = { 'accept-encoding': 'br, gzip' }
  const FIRST: Record<string, string> = { range: 'bytes=0-9' }
  /** As it is before, between and after compressing in the background. */
  const STATES: readonly Asset[] = [
    cssOf(uncompressed(brotli), uncompressed(gzip), identity),
    cssOf(uncompressed(brotli), made(gzip), identity),
    cssOf(made(brotli), made(gzip), identity),
  ]
  const codingOf = ({ body }: { body: ResponsePlan['body'] }) => (body as AssetBody).coding

  it.each<[string, Record<string, string>, number]>([
    ['a range', FIRST, 206],
    ['several ranges', { range: 'bytes=0-1,500-501' }, 206],
    ['a range beyond the end of the compressed file', { range: 'bytes=450-' }, 206],
    ['a range beyond the end', { range: 'bytes=1000-' }, 416],
    ['a range that is ignored', { range: 'bytes=x' }, 200],
    ['the tag in If-Match', { 'if-match': '"v"' }, 200],
    ['the tag in If-Match, and a range', { ...FIRST, 'if-match': '"x", "v"' }, 206],
    ['any tag in If-Match, and a range', { ...FIRST, 'if-match': '*' }, 206],
    ['another tag in If-Match', { 'if-match': '"x"' }, 412],
    ['the tag in If-Range', { ...FIRST, 'if-range': '"v"' }, 206],
    ['another tag in If-Range', { ...FIRST, 'if-range': '"x"' }, 200],
    ['a date', { 'if-unmodified-since': MODIFIED }, 200],
    ['an earlier date', { 'if-unmodified-since': EARLIER }, 412],
  ])('with %s gets the same, whatever is compressed', (_, fields, status) => {
    const plans = STATES.map(asset => sent({ ...ACCEPTED, ...fields }, asset))
    for (const planned of plans) {
      expect(planned).toEqual(plans[0])
      expect(planned.status).toBe(status)
      expect(planned.fields).not.toHaveProperty('Content-Encoding')
      if (status < 300) expect(codingOf(planned)).toBe('identity')
      expect(sent({ ...ACCEPTED, ...fields }, STATES[0], 'HEAD').fields.ETag).toBe(
        status === 412 ? undefined : '"v"',
      )
    }
  })

  it.each([
    { ...FIRST, 'if-range': MODIFIED },
    { ...FIRST, 'if-unmodified-since': MODIFIED },
  ])('gets the whole for %j, as the client may have the beginning of another coding', fields => {
    for (const asset of [...STATES, css]) {
      const planned = sent({ ...ACCEPTED, ...fields }, asset)
      expect([planned.status, codingOf(planned)]).toEqual([200, 'identity'])
    }
    for (const offer of [{}, { 'accept-encoding': 'identity' }, { 'accept-encoding': 'gzip;q=0' }])
      expect(sent({ ...offer, ...fields }, css).status).toBe(206)
    // There is one representation only, and a tag says which one it is.
    expect(sent({ ...ACCEPTED, ...fields }, png).status).toBe(206)
    expect(sent({ ...ACCEPTED, ...fields, 'if-match': '"v"' }, css).status).toBe(206)
  })

  it('gets the file whose tag it names, precompressed or not', () => {
    for (const field of ['if-range', 'if-match']) {
      const planned = sent({ ...ACCEPTED, ...FIRST, [field]: '"v-gzip"' }, css)
      expect([planned.status, codingOf(planned)]).toEqual([206, 'gzip'])
      expect(planned.fields['Content-Range']).toBe('bytes 0-9/400')
      const other = sent({ ...ACCEPTED, ...FIRST, [field]: '"v"' }, css)
      expect([other.status, codingOf(other)]).toEqual([206, 'identity'])
    }
    // Not acceptable.
    expect(sent({ 'accept-encoding': 'br', 'if-match': '"v-gzip"' }, css).status).toBe(412)
  })

  it('gets the whole of a compressed representation that it names, and no part of it', () => {
    for (const asset of STATES.slice(1))
      for (const field of ['if-range', 'if-match']) {
        const planned = sent({ ...ACCEPTED, ...FIRST, [field]: '"v-gzip"' }, asset)
        expect([planned.status, codingOf(planned)]).toEqual([200, 'gzip'])
      }
    const named = { ...ACCEPTED, ...FIRST, 'if-match': '"v-gzip"' }
    const planned = { kind: 'compress', coding: 'gzip', isRequired: true }
    expect(planOf(named, STATES[0])).toEqual(planned)
    // Without it, the whole file would be right too.
    expect(planOf({ ...ACCEPTED, ...FIRST, 'if-range': '"v-gzip"' }, STATES[0])).toEqual({
      ...planned,
      isRequired: false,
    })
  })

  it('gets a whole that is compressed for it if it accepts nothing else', () => {
    const fields = { 'accept-encoding': 'gzip, identity;q=0', ...FIRST }
    expect(planOf(fields, STATES[0])).toMatchObject({ kind: 'compress', isRequired: true })
    const planned = sent(fields, STATES[1])
    expect([planned.status, codingOf(planned)]).toEqual([200, 'gzip'])
  })

  it('leaves what others get to be cached, and compresses nothing for them', () => {
    const planned = planOf({ ...ACCEPTED, ...FIRST }, STATES[2])
    expect(planned).toMatchObject({ cacheable: { coding: 'br', etag: '"v-br"' } })
    expect(planOf({ ...ACCEPTED, ...FIRST }, STATES[0])).toMatchObject({ better: undefined })
  })
})

describe('methods', () => {
  it.each([
    ['POST', 405, 'GET, HEAD, OPTIONS'],
    ['PATCH', 405, 'GET, HEAD, OPTIONS'],
    ['TRACE', 405, 'GET, HEAD, OPTIONS'],
    ['OPTIONS', 204, 'GET, HEAD, OPTIONS'],
    ['BREW', 501, undefined],
    ['get', 501, undefined],
  ])('%s is %d with Allow: %s', (method, status, allow) => {
    const planned = sent({}, css, method)
    expect(planned.status).toBe(status)
    expect(planned.fields.Allow).toBe(allow)
    expect(planned.body === 'none').toBe(status === 204)
  })
})
