import { describe, expect, it } from 'vitest'
import { type Attempt, lastRequest, latin1, request } from '../../fuzz/external/attempt.ts'
import type { Ending } from '../../fuzz/external/conversation.ts'
import { expectedRequests } from '../../fuzz/external/expected-requests.ts'
import type { Observation } from '../../fuzz/external/observation.ts'
import { judge, PROBES } from '../../fuzz/external/probes/index.ts'
import { readResponses } from '../../fuzz/external/response.ts'
import type { Resource, Site } from '../../fuzz/external/target-site.ts'

const HOST = 'a:80'
const resource = (path: string, size: number): Resource => ({
  path,
  answer: {
    status: 200,
    fields: [['etag', '"e"']],
    content: Buffer.alloc(size, 'abcdefghij'),
    isWhole: true,
  },
})
const [file, page, other] = [resource('/a', 100), resource('/', 50), resource('/b', 20)]
const resources = [file!, page!, other!]
const site: Site = { host: HOST, resources, distinct: resources, slowestMs: 1, file }

/** What a server answers, and how it ends. */
function observe(attempt: Attempt, came: string, ending: Ending = 'closed'): Observation {
  const reading = expectedRequests(attempt.bytes)
  const methods = reading.requests.map(({ method }) => method)
  const { list: answers, rest } = readResponses(latin1(came), methods, ending !== 'silent')
  return { site, attempt, reading, answers, rest, ending, life: 'well' }
}

/** The kind and severity of what is found, if anything. */
function found(attempt: Attempt | string, came: string, ending?: Ending): string | undefined {
  const whole = typeof attempt === 'string' ? { bytes: latin1(attempt) } : attempt
  const judged = judge(observe(whole, came, ending))
  return judged && `${judged.severity}, ${judged.kind}`
}

const answer = (status: number, content = '', fields = ''): string =>
  `HTTP/1.1 ${status} It is so\r\nContent-Length: ${content.length}\r\n${fields}\r\n${content}`
const fileContent = file!.answer.content.toString()
const pageContent = page!.answer.content.toString()

/** From the tables of the probes, by the name of its flaw. */
function flawed(name: string): Attempt {
  const attempts = PROBES.flatMap(({ table }) => table?.(site) ?? [])
  return attempts.find(({ malformation }) => malformation?.name === name)!
}

describe('judge: what a request that is alone has for an answer', () => {
  it('is due for pipelined requests too, in their order', () => {
    const bytes = request('GET', '/', HOST) + lastRequest('GET', '/a', HOST)
    expect(found(bytes, answer(200, pageContent) + answer(200, fileContent))).toBeUndefined()
    expect(found(bytes, answer(200, fileContent) + answer(200, pageContent))).toBe(
      'wrong, misanswered: with the answer to another',
    )
  })

  it('is not due for another host', () => {
    expect(found(lastRequest('GET', '/a', 'b'), answer(404))).toBeUndefined()
    expect(found(lastRequest('GET', '/a', HOST), answer(404))).toBe(
      'wrong, misanswered: a single request',
    )
  })

  it('is due before a request that is refused', () => {
    const bytes = `${request('GET', '/a', HOST)}GET / HTTP/1.1\r\nBroken\r\n\r\n`
    expect(found(bytes, answer(200, fileContent) + answer(400))).toBeUndefined()
    expect(found(bytes, answer(400))).toBe('wrong, misanswered: before a broken request')
  })

  it('may be missing where the client sends more after its last request', () => {
    const bytes = `${lastRequest('GET', '/a', HOST)}more`
    expect(found(bytes, answer(400))).toBe(
      'leniency, misanswered: before bytes after the last request',
    )
  })
})

describe('judge: 100 Continue', () => {
  const expecting = request('POST', '/', HOST, [
    ['Expect', '100-continue'],
    ['Content-Length', '1'],
  ])
  const bytes = `${request('GET', '/a', HOST)}${expecting}x${lastRequest('GET', '/b', HOST)}`
  const [first, last] = [answer(200, fileContent), answer(200, other!.answer.content.toString())]
  const interim = 'HTTP/1.1 100 Continue\r\n\r\n'

  it('may stand before its answer', () => {
    expect(found(bytes, first + interim + answer(200, pageContent) + last)).toBeUndefined()
  })

  it('may not stand within it', () => {
    const head = answer(200, pageContent).slice(0, -pageContent.length)
    expect(found(bytes, first + head + interim + pageContent + last)).toBe(
      'desync, 100 Continue within an answer',
    )
  })
})

describe('judge: a request that is malformed', () => {
  const canary = answer(200, fileContent)

  it.each(['no Host', 'two Hosts', 'a NUL in a value', 'version 2.0', 'a space in the target'])(
    'may be refused and the next one answered, where it has no content: %s',
    name => {
      expect(found(flawed(name), answer(400) + canary)).toBeUndefined()
    },
  )

  it('may not, where its content is in question', () => {
    const { malformation, bytes } = flawed('Content-Length with a plus sign')
    expect(found({ malformation: malformation!, bytes }, answer(400) + canary)).toBe(
      'ambiguity, reads on: Content-Length with a plus sign',
    )
  })

  it('is read where it is answered and the next one too', () => {
    expect(found(flawed('two Hosts'), answer(200, pageContent) + canary)).toBe(
      'ambiguity, accepts: two Hosts',
    )
  })

  it('has desynchronised a server that answers what is its content', () => {
    const smuggled = answer(200, other!.answer.content.toString())
    const name = 'a space before the colon of Content-Length'
    expect(found(flawed(name), answer(200, pageContent) + smuggled + canary)).toBe(
      `desync, desync: ${name}`,
    )
  })

  it('may be thought to have none, where a character must be replaced by a space', () => {
    const smuggled = answer(200, other!.answer.content.toString())
    const name = 'Content-Length after a bare CR'
    expect(found(flawed(name), answer(200, pageContent) + smuggled + canary)).toBe(
      `leniency, finds no content: ${name}`,
    )
  })
})

describe('judge: server errors', () => {
  const get = (target: string, method = 'GET'): Attempt => ({
    bytes: latin1(lastRequest(method, target, HOST)),
    about: 'request',
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
    expect(found(get(target, method), answer(status).replace('Content-Length: 0\r\n', ''))).toBe(
      kind,
    )
  })
})

describe('judge: the last request of a connection', () => {
  it('is not followed by answers', () => {
    const bytes = request('GET', '/a', HOST, [['Connection', 'close']]) + request('GET', '/b', HOST)
    expect(found(bytes, answer(200, fileContent) + answer(200, 'more'))).toBe(
      'wrong, reads on after the last request: request',
    )
  })

  it('may open a tunnel, in which anything may come', () => {
    const connect = request('CONNECT', 'b:1', 'b:1', [['Connection', 'close']])
    const bytes = connect + request('GET', '/b', HOST)
    expect(found(bytes, answer(405) + answer(200, 'more'))).toBe(
      'wrong, reads on after the last request: request',
    )
    expect(found(bytes, answer(200) + answer(200, 'more'))).toBeUndefined()
  })
})

describe('judge: Range', () => {
  const get = (range: string): string => lastRequest('GET', '/a', HOST, [['Range', range]])
  const part = (first: number, last: number): string =>
    answer(206, fileContent.slice(first, last + 1), `Content-Range: bytes ${first}-${last}/100\r\n`)

  it.each([
    ['bytes=1-3', part(1, 3), undefined],
    ['bytes=1-3', answer(200, fileContent), undefined],
    ['bytes=1-3', part(1, 4), 'wrong, range: wrong bytes, first-last'],
    ['BYTES=1-3', part(1, 4), 'wrong, range: wrong bytes, unit in capitals'],
    ['bytes=-0', part(0, 99), 'wrong, range: 206 for unsatisfiable'],
    ['bytes=0-1-2', part(0, 1), 'ambiguity, range: 206 for invalid'],
    ['bytes=0-1-2', answer(416, '', 'Content-Range: bytes */100\r\n'), undefined],
    ['bytes=100-', answer(416, '', 'Content-Range: bytes */100\r\n'), undefined],
    ['bytes=100-', answer(416, fileContent), 'wrong, range: 416 with the content, unsatisfiable'],
    ['bytes=-200', answer(416, fileContent), 'wrong, range: 416 for what can be had, suffix'],
    ['bytes=0-1,5-6', part(0, 1), 'leniency, range: one of several'],
  ])('%s', (range, came, kind) => {
    expect(found(get(range), came)).toBe(kind)
  })
})
