import { describe, expect, it } from 'vitest'
import type { Handler } from '../../../src/server/handler/handlers.ts'
import { parseResponse } from '../../parse-responses.ts'
import { RawClient } from '../../raw-client.ts'
import { get, post, requestOf } from '../fake-server.ts'
import { serving } from '../serving.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const TEXT = '<h1>a page</h1>\n'.repeat(200)

/** Returns the response to a request whose handler responds with a page. */
async function responseTo(request: string, status?: number) {
  const handler: Handler = (_request, reply) =>
    (status === undefined ? reply : reply.status(status)).file('page.html')
  const root = temporaryFolder({ 'page.html': TEXT })
  const { url } = await serving({ root, handlers: { '/': handler } })
  const client = await RawClient.connect(url)
  client.send(request)
  client.halfClose()
  return parseResponse(await client.ended(), request.slice(0, request.indexOf(' ')))
}

const CONDITIONS = [
  'If-None-Match: *',
  'If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT',
  'If-Match: "x"',
  'Range: bytes=0-9',
  'Range: bytes=999999-',
]

describe('a file as the response of a handler', () => {
  it.each([
    ['If-None-Match: *', 304],
    ['If-Match: "x"', 412],
    ['Range: bytes=0-9', 206],
    ['Range: bytes=999999-', 416],
  ])('evaluates conditions and ranges: %s gives %d', async (line, status) => {
    expect((await responseTo(get('/', line))).status).toBe(status)
    expect((await responseTo(get('/', line), 200)).status).toBe(status)
  })

  it.each(CONDITIONS)(
    'ignores them with the status of an error (RFC 9110 §13.2.1): %s',
    async line => {
      const response = await responseTo(get('/', line), 404)
      expect([response.status, response.field('Content-Range'), response.text]).toEqual([
        404,
        undefined,
        TEXT,
      ])
    },
  )

  it.each(CONDITIONS)(
    'ignores them for a POST, whose conditions are not about the page: %s',
    async line => {
      const response = await responseTo(post('/', 'content', line))
      expect([response.status, response.field('Content-Range'), response.text]).toEqual([
        200,
        undefined,
        TEXT,
      ])
    },
  )

  it('sends the same Content-Length for HEAD as for GET, whatever the status', async () => {
    const head = await responseTo(
      requestOf('HEAD / HTTP/1.1', ['Host: a', 'Range: bytes=0-9']),
      404,
    )
    expect([head.status, head.field('Content-Length')]).toEqual([404, String(TEXT.length)])
  })
})
