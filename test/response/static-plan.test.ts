import { describe, expect, it } from 'vitest'
import { plan, StatusCode } from '../../src/response/index.ts'

const NOW_MS = Date.UTC(2026, 10, 22, 12)
const MTIME_NS = BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n
const css = { name: 'a.css', size: 2048, mtimeNs: MTIME_NS }
const png = { name: 'a.png', size: 2048, mtimeNs: MTIME_NS }

function planOf(fields: Record<string, string>, asset = css, method = 'GET') {
  const planned = plan({ method, field: name => fields[name] }, asset, NOW_MS)
  return { ...planned, fields: Object.fromEntries(planned.fields) }
}

describe('plan', () => {
  it('answers a GET with the asset, its validators, its type, and what it varies by', () => {
    expect(planOf({})).toEqual({
      status: 200,
      body: 'asset',
      coding: 'identity',
      fields: {
        'Content-Type': 'text/css; charset=utf-8',
        'X-Content-Type-Options': 'nosniff',
        'Last-Modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
        ETag: expect.stringMatching(/^"[^"]+"$/),
        'Cache-Control': 'no-cache',
        Vary: 'Accept-Encoding',
      },
    })
  })

  it('plans a HEAD as the GET', () => {
    expect(planOf({}, css, 'HEAD')).toEqual(planOf({}))
  })

  it.each([
    ['compressible, from 1 KiB', { ...css, size: 1024 }, 'gzip'],
    ['compressible, to 10 MiB', { ...css, size: 10 * 1024 * 1024 }, 'gzip'],
    ['too small', { ...css, size: 1023 }, 'identity'],
    ['too large', { ...css, size: 10 * 1024 * 1024 + 1 }, 'identity'],
    ['compressed already', png, 'identity'],
  ])('compresses for those who take gzip: %s', (_, asset, coding) => {
    const planned = planOf({ 'accept-encoding': 'br, gzip;q=0.5' }, asset)
    expect(planned.coding).toBe(coding)
    expect(planned.fields['Content-Encoding']).toBe(coding === 'identity' ? undefined : coding)
  })

  it('has another strong tag for each coding', () => {
    const tags = ['identity', 'gzip'].map(coding => planOf({ 'accept-encoding': coding }).fields.ETag)
    expect(new Set(tags).size).toBe(2)
    for (const tag of tags) expect(tag).not.toMatch(/^W/)
  })

  it('says nothing of Accept-Encoding where it changes nothing', () => {
    expect(planOf({}, png).fields).not.toHaveProperty('Vary')
  })

  it('answers 304 to one who has it, without content fields, and with Vary', () => {
    const { ETag } = planOf({ 'accept-encoding': 'gzip' }).fields
    const planned = planOf({ 'accept-encoding': 'gzip', 'if-none-match': `"x", ${ETag}` })
    expect(planned).toEqual({
      status: StatusCode.NotModified,
      body: 'none',
      coding: 'gzip',
      fields: { ETag, 'Cache-Control': 'no-cache', Vary: 'Accept-Encoding' },
    })
    expect(planOf({ 'if-modified-since': 'Thu, 01 Jan 2026 00:00:00 GMT' }).status).toBe(304)
    expect(planOf({ 'if-modified-since': 'Wed, 31 Dec 2025 23:59:59 GMT' }).status).toBe(200)
  })

  it('has no Last-Modified in the future', () => {
    const { fields } = planOf({}, { ...css, mtimeNs: BigInt(NOW_MS + 60_000) * 1_000_000n })
    expect(fields['Last-Modified']).toBe('Sun, 22 Nov 2026 12:00:00 GMT')
  })

  it('answers 406 to one who takes neither gzip nor identity', () => {
    expect(planOf({ 'accept-encoding': 'br, identity;q=0' }).status).toBe(406)
    expect(planOf({ 'accept-encoding': 'gzip, identity;q=0' }, png).status).toBe(406)
  })

  it.each([
    ['POST', 405, 'GET, HEAD, OPTIONS'],
    ['PATCH', 405, 'GET, HEAD, OPTIONS'],
    ['TRACE', 405, 'GET, HEAD, OPTIONS'],
    ['OPTIONS', 204, 'GET, HEAD, OPTIONS'],
    ['BREW', 501, undefined],
    ['get', 501, undefined],
  ])('answers %s with %d and Allow: %s', (method, status, allow) => {
    const planned = planOf({}, css, method)
    expect(planned.status).toBe(status)
    expect(planned.fields.Allow).toBe(allow)
    expect(planned.body === 'none').toBe(status === 204)
  })
})
