import { describe, expect, it } from 'vitest'
import type { Attempt } from '../../fuzz/external/attempt.ts'
import type { Ending } from '../../fuzz/external/conversation.ts'
import { readFinalResponses } from '../../fuzz/external/final-responses.ts'
import type { Observation } from '../../fuzz/external/observation.ts'
import { parseRequests } from '../../fuzz/external/parsed-requests.ts'
import { checkAll, PROBES } from '../../fuzz/external/probes/index.ts'
import { lastRequest, latin1, request } from '../../fuzz/external/request-text.ts'
import type { Resource, Site } from '../../fuzz/external/target-site.ts'

const HOST = 'a:80'
const resource = (path: string, size: number): Resource => {
  const content = 'abcdefghij'.repeat(size / 10)
  const received = latin1(`HTTP/1.1 200 OK\r\nETag: "e"\r\n\r\n${content}`)
  return { path, response: readFinalResponses(received, ['GET'], true).responses[0]! }
}
const [file, page, other] = [resource('/a', 100), resource('/', 50), resource('/b', 20)]
const resources = [file!, page!, other!]
const site: Site = { host: HOST, resources, distinct: resources, slowestMs: 1, file }

/** Returns the observation of a server that sends `received`. */
function observe(attempt: Attempt, received: string, ending: Ending = 'closed'): Observation {
  const sent = parseRequests(attempt.bytes)
  const methods = sent.requests.map(({ method }) => method)
  const { responses, rest } = readFinalResponses(latin1(received), methods, ending !== 'silent')
  return { site, attempt, sent, responses, rest, ending, health: 'alive' }
}

/** Returns the severity and kind of the verdict, if there is one. */
function verdict(attempt: Attempt | string, received: string, ending?: Ending): string | undefined {
  const normalised = typeof attempt === 'string' ? { bytes: latin1(attempt) } : attempt
  const result = checkAll(observe(normalised, received, ending))
  return result && `${result.severity}, ${result.kind}`
}

const response = (status: number, content = '', fields = ''): string =>
  `HTTP/1.1 ${status} Status\r\nContent-Length: ${content.length}\r\n${fields}\r\n${content}`
const fileContent = file!.response.text
const pageContent = page!.response.text

/** Returns an attempt from the probes' tables, by the name of its malformation. */
function malformed(name: string): Attempt {
  const attempts = PROBES.flatMap(({ table }) => table?.(site) ?? [])
  return attempts.find(({ malformation }) => malformation?.name === name)!
}

describe('a known response', () => {
  it('is expected for pipelined requests too, in their order', () => {
    const bytes = request('GET', '/', HOST) + lastRequest('GET', '/a', HOST)
    expect(verdict(bytes, response(200, pageContent) + response(200, fileContent))).toBeUndefined()
    expect(verdict(bytes, response(200, fileContent) + response(200, pageContent))).toBe(
      'wrong, wrong response: that of another request',
    )
  })

  it('is not expected for another host', () => {
    expect(verdict(lastRequest('GET', '/a', 'b'), response(404))).toBeUndefined()
    expect(verdict(lastRequest('GET', '/a', HOST), response(404))).toBe(
      'wrong, wrong response: a single request',
    )
  })

  it('is expected before a request that is refused', () => {
    const bytes = `${request('GET', '/a', HOST)}GET / HTTP/1.1\r\nBroken\r\n\r\n`
    expect(verdict(bytes, response(200, fileContent) + response(400))).toBeUndefined()
    expect(verdict(bytes, response(400))).toBe('wrong, wrong response: before a broken request')
  })

  it('may be missing if the client sends bytes after its last request', () => {
    const bytes = `${lastRequest('GET', '/a', HOST)}more`
    expect(verdict(bytes, response(400))).toBe(
      'leniency, wrong response: before bytes after the last request',
    )
  })
})

describe('100 Continue', () => {
  const expecting = request('POST', '/', HOST, [
    ['Expect', '100-continue'],
    ['Content-Length', '1'],
  ])
  const bytes = `${request('GET', '/a', HOST)}${expecting}x${lastRequest('GET', '/b', HOST)}`
  const [first, last] = [response(200, fileContent), response(200, other!.response.text)]
  const interim = 'HTTP/1.1 100 Continue\r\n\r\n'

  it('may precede its response', () => {
    expect(verdict(bytes, first + interim + response(200, pageContent) + last)).toBeUndefined()
  })

  it('may not be inside it', () => {
    const head = response(200, pageContent).slice(0, -pageContent.length)
    expect(verdict(bytes, first + head + interim + pageContent + last)).toBe(
      'desync, 100 Continue within a response',
    )
  })
})

describe('a malformed request', () => {
  const canary = response(200, fileContent)

  it.each(['no Host', 'two Hosts', 'a NUL in a value', 'version 2.0', 'a space in the target'])(
    'may be refused before a response to the next request, if it has no content: %s',
    name => {
      expect(verdict(malformed(name), response(400) + canary)).toBeUndefined()
    },
  )

  it('must end the connection, if its content is ambiguous', () => {
    const { malformation, bytes } = malformed('Content-Length with a plus sign')
    expect(verdict({ malformation: malformation!, bytes }, response(400) + canary)).toBe(
      'ambiguity, reads on: Content-Length with a plus sign',
    )
  })

  it('is accepted if it and the next request get responses', () => {
    expect(verdict(malformed('two Hosts'), response(200, pageContent) + canary)).toBe(
      'ambiguity, accepts: two Hosts',
    )
  })

  it('has desynchronised a server that responds to its content', () => {
    const smuggled = response(200, other!.response.text)
    const name = 'a space before the colon of Content-Length'
    expect(verdict(malformed(name), response(200, pageContent) + smuggled + canary)).toBe(
      `desync, desync: ${name}`,
    )
  })

  it('may have no content for a server that replaces a character by a space', () => {
    const smuggled = response(200, other!.response.text)
    const name = 'Content-Length after a bare CR'
    expect(verdict(malformed(name), response(200, pageContent) + smuggled + canary)).toBe(
      `leniency, finds no content: ${name}`,
    )
  })
})

describe('server errors', () => {
  const get = (target: string, method = 'GET'): Attempt => ({
    bytes: latin1(lastRequest(method, target, HOST)),
    label: 'request',
  })

  it.each([
    ['GET', '/c', 500, 'wrong, 500: request'],
    ['HEAD', '/c', 503, 'wrong, 503: request'],
    ['GET', '/c%00d', 500, 'wrong, 500: path: a NUL'],
    ['GET', `/${'a'.repeat(256)}`, 500, 'wrong, 500: path: a long name'],
    ['GET', '/c', 505, undefined],
    ['GET', 'http://elsewhere/', 502, undefined],
    ['OPTIONS', 'hTTp://%00', 500, undefined],
    ['BREW', '/', 501, undefined],
  ])('%s %s: %d', (method, target, status, kind) => {
    expect(
      verdict(get(target, method), response(status).replace('Content-Length: 0\r\n', '')),
    ).toBe(kind)
  })
})

describe('the last request of a connection', () => {
  it('is not followed by responses', () => {
    const bytes = request('GET', '/a', HOST, [['Connection', 'close']]) + request('GET', '/b', HOST)
    expect(verdict(bytes, response(200, fileContent) + response(200, 'more'))).toBe(
      'wrong, reads on after the last request: request',
    )
  })

  it('may open a tunnel, in which the server may send anything', () => {
    const connect = request('CONNECT', 'b:1', 'b:1', [['Connection', 'close']])
    const bytes = connect + request('GET', '/b', HOST)
    expect(verdict(bytes, response(405) + response(200, 'more'))).toBe(
      'wrong, reads on after the last request: request',
    )
    expect(verdict(bytes, response(200) + response(200, 'more'))).toBeUndefined()
  })
})

describe('Range', () => {
  const get = (range: string): string => lastRequest('GET', '/a', HOST, [['Range', range]])
  const part = (first: number, last: number): string =>
    response(
      206,
      fileContent.slice(first, last + 1),
      `Content-Range: bytes ${first}-${last}/100\r\n`,
    )

  it.each([
    ['bytes=1-3', part(1, 3), undefined],
    ['bytes=1-3', response(200, fileContent), undefined],
    ['bytes=1-3', part(1, 4), 'wrong, range: wrong bytes, first-last'],
    ['BYTES=1-3', part(1, 4), 'wrong, range: wrong bytes, unit in capitals'],
    ['bytes=-0', part(0, 99), 'wrong, range: 206 for unsatisfiable'],
    ['bytes=0-1-2', part(0, 1), 'ambiguity, range: 206 for invalid'],
    ['bytes=0-1-2', response(416, '', 'Content-Range: bytes */100\r\n'), undefined],
    ['bytes=100-', response(416, '', 'Content-Range: bytes */100\r\n'), undefined],
    ['bytes=100-', response(416, fileContent), 'wrong, range: 416 with the content, unsatisfiable'],
    ['bytes=-200', response(416, fileContent), 'wrong, range: 416 for satisfiable, suffix'],
    ['bytes=0-1,5-6', part(0, 1), 'leniency, range: one of several'],
  ])('%s', (range, received, kind) => {
    expect(verdict(get(range), received)).toBe(kind)
  })
})
