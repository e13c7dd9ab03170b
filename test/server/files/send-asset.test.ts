import { describe, expect, it } from 'vitest'
import type { Handler } from '../../../src/server/handler/handlers.ts'
import { parseOne } from '../answers.ts'
import { get, post, requestOf } from '../fake-server.ts'
import { RawClient } from '../raw-client.ts'
import { serving } from '../serving.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const TEXT = '<h1>a page</h1>\n'.repeat(200)

/** What a client gets from a handler that answers with a page. */
async function answerOf(request: string, status?: number) {
  const handler: Handler = (_request, reply) =>
    (status === undefined ? reply : reply.status(status)).file('page.html')
  const root = temporaryFolder({ 'page.html': TEXT })
  const { url } = await serving({ root, handlers: { '/': handler } })
  const client = await RawClient.connect(url)
  client.send(request)
  client.finish()
  return parseOne(await client.ended(), request.slice(0, request.indexOf(' ')))
}

const CONDITIONS = [
  'If-None-Match: *',
  'If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT',
  'If-Match: "x"',
  'Range: bytes=0-9',
  'Range: bytes=999999-',
]

describe('a file as the answer of a handler', () => {
  it.each([
    ['If-None-Match: *', 304],
    ['If-Match: "x"', 412],
    ['Range: bytes=0-9', 206],
    ['Range: bytes=999999-', 416],
  ])('heeds conditions and ranges like every file: %s is %d', async (line, status) => {
    expect((await answerOf(get('/', line))).status).toBe(status)
    expect((await answerOf(get('/', line), 200)).status).toBe(status)
  })

  it.each(CONDITIONS)(
    'heeds none where it is the page of an error: RFC 9110 §13.2.1, %s',
    async line => {
      const answer = await answerOf(get('/', line), 404)
      expect([answer.status, answer.field('Content-Range'), answer.body]).toEqual([
        404,
        undefined,
        TEXT,
      ])
    },
  )

  it.each(CONDITIONS)('heeds none of a POST, where they are not about the page: %s', async line => {
    const answer = await answerOf(post('/', 'content', line))
    expect([answer.status, answer.field('Content-Range'), answer.body]).toEqual([
      200,
      undefined,
      TEXT,
    ])
  })

  it('tells a HEAD the same as a GET, whatever the status', async () => {
    const head = await answerOf(requestOf('HEAD / HTTP/1.1', ['Host: a', 'Range: bytes=0-9']), 404)
    expect([head.status, head.field('Content-Length')]).toEqual([404, String(TEXT.length)])
  })
})
