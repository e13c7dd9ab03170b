import { describe, expect, it } from 'vitest'
import { parseReply, type Reply } from '../../../bench/compare/reply.ts'
import type { RowContext } from '../../../bench/compare/row.ts'
import { GROUPS } from '../../../bench/compare/rows/index.ts'
import { SECRET, THOUSAND } from '../../../bench/compare/site.ts'
import { ranged, reply, sized } from './replies.ts'

/** The verdict of the row whose title begins so, on a server that sends these replies. */
async function verdictOf(title: string, ...replies: readonly Reply[]): Promise<string> {
  const row = GROUPS.flatMap(({ rows }) => rows).find(one => one.title.startsWith(title))
  if (row === undefined) throw new Error(`no row: ${title}`)
  let sent = 0
  const context: Partial<RowContext> = {
    root: '/nowhere',
    send: async () => replies[Math.min(sent++, replies.length - 1)]!,
  }
  const { verdict } = await row.check(context as RowContext)
  return verdict
}

describe('rows', () => {
  const full = sized(
    '200 OK\r\nETag: "a"\r\nLast-Modified: Thu, 29 Feb 2024 12:00:00 GMT',
    THOUSAND,
  )
  const rejected = sized('416 No\r\nContent-Range: bytes */1000', '')
  const first = ranged('bytes 0-1/1000', THOUSAND.subarray(0, 2))
  const unchanged = reply('304 Not Modified\r\nETag: "a"')

  it.each<[title: string, replies: readonly Reply[], verdict: string]>([
    ['`bytes=0-0`', [ranged('bytes 0-0/1000', THOUSAND.subarray(0, 1))], 'pass'],
    ['`bytes=0-0`', [ranged('bytes 0-999/1000', THOUSAND)], 'fail'],
    ['`bytes=0-0`', [full], 'fail'],
    ['`bytes=-500`', [ranged('bytes 500-999/1000', THOUSAND.subarray(500))], 'pass'],
    ['`bytes=-500`', [ranged('bytes 0-500/1000', THOUSAND.subarray(0, 501))], 'fail'],
    ['`bytes=-2000`', [full], 'pass'],
    ['`bytes=-2000`', [ranged('bytes 0-999/1000', THOUSAND)], 'pass'],
    ['`bytes=-2000`', [rejected], 'fail'],
    ['`bytes=500-400`', [full], 'pass'],
    ['`bytes=500-400`', [rejected], 'pass'],
    ['`bytes=500-400`', [sized('416 No\r\nContent-Range: bytes */1000', THOUSAND)], 'fail'],
    ['`bytes=0-18446744073709551615`', [full], 'pass'],
    ['`bytes=0-18446744073709551615`', [parseReply(Buffer.alloc(0), 'closed')], 'fail'],
    ['`bytes=2000-`', [rejected], 'pass'],
    ['`bytes=2000-`', [sized('416 No', '')], 'fail'],
    ['`bytes=0-1,5-6`: both, all', [first], 'pass'],
    ['`bytes=0-1,5-6`: both, all', [sized('206 OK', THOUSAND)], 'fail'],
    ['`bytes=0-1,5-6`: both parts', [first], 'fail'],
    ['`bytes=0-1,5-6`: both parts', [ranged('bytes 0-6/1000', THOUSAND.subarray(0, 7))], 'pass'],
    ['`units=0-1`', [full], 'pass'],
    ['`units=0-1`', [first], 'fail'],
    ['If-Range with another tag', [full], 'pass'],
    ['If-Range with another tag', [first], 'fail'],
    ['If-Range with the current', [full, first], 'pass'],
    ['If-Range with the current', [full, full], 'fail'],
    ['HEAD with Range', [reply('200 OK\r\nContent-Length: 1000', '', 'HEAD')], 'pass'],
    ['HEAD with Range', [reply('206 OK\r\nContent-Range: bytes 0-1/1000', '', 'HEAD')], 'fail'],
    ['a hundred ranges', [sized('206 OK', Buffer.alloc(2001))], 'fail'],
    ['the process survives', [full], 'pass'],
    ['a strong ETag', [full], 'pass'],
    ['a strong ETag', [sized('200 OK\r\nETag: W/"a"', THOUSAND)], 'fail'],
    ['If-None-Match with a list', [full, unchanged], 'pass'],
    ['If-None-Match with a list', [full, full], 'fail'],
    ['If-None-Match with a list', [sized('200 OK', THOUSAND), unchanged], 'fail'],
    ['If-None-Match takes precedence', [full, unchanged], 'fail'],
    ['If-Match with another', [full], 'fail'],
    ['If-Match with another', [sized('412 Precondition Failed', '')], 'pass'],
    ['POST', [sized('405 No\r\nAllow: GET, HEAD', '')], 'pass'],
    ['POST', [sized('405 No', '')], 'fail'],
    ['HEAD has the fields', [full, reply('200 OK\r\nETag: "b"', '', 'HEAD')], 'fail'],
    ['`.wasm`', [sized('200 OK\r\nContent-Type: application/wasm', '')], 'pass'],
    ['`.wasm`', [sized('200 OK\r\nContent-Type: application/wasm; charset=utf-8', '')], 'fail'],
    ['`.env`', [sized('200 OK', SECRET)], 'fail'],
    ['`//thousand.txt`', [sized('301 No\r\nLocation: //thousand.txt', '')], 'fail'],
    ['`/docs?x=1`', [sized('308 No\r\nLocation: /docs/?x=1', '')], 'pass'],
    ['`/docs?x=1`', [sized('301 No\r\nLocation: /docs/', '')], 'fail'],
    ['no redirect to another host', [sized('301 No\r\nLocation: //evil.com/', '')], 'fail'],
    ['Vary on 206', [sized('206 OK\r\nVary: accept-encoding', '')], 'pass'],
    ['Vary on 206', [sized('206 OK\r\nVary: Origin', '')], 'fail'],
    ['`identity;q=0, gzip`', [sized('200 OK', THOUSAND)], 'fail'],
    ['errors contain no path', [sized('404 No', 'in /nowhere/x')], 'fail'],
    ['errors contain no path', [sized('404 No', 'in the site')], 'pass'],
    [
      'each link leads',
      [sized('200 OK\r\nContent-Type: text/html', '<a href="plain.txt">plain.txt</a>')],
      'fail',
    ],
  ])('%s', async (title, replies, verdict) => {
    expect(await verdictOf(title, ...replies)).toBe(verdict)
  })

  it('have different titles', () => {
    const titles = GROUPS.flatMap(({ rows }) => rows).map(row => row.title)
    expect(new Set(titles).size).toBe(titles.length)
  })
})
