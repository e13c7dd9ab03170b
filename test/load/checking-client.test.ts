import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AnswerReader, BadAnswer } from './answer-reader.ts'
import { type Check, CheckingClient } from './checking-client.ts'
import { Site, same, status } from './site.ts'
import { Tally } from './tally.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nright'.slice(0, -1)

/** A server that answers the nth request of a connection with the nth text, and then ends it. */
async function answering(...texts: string[]): Promise<number> {
  const server = createServer(socket => {
    let n = 0
    socket.on('data', data => {
      for (const _ of data.toString().matchAll(/\r\n\r\n/g)) socket.write(texts[n++] ?? '')
      if (n >= texts.length) socket.end()
    })
    socket.on('error', () => {})
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return (server.address() as { port: number }).port
}

const check: Check = {
  kind: 'test',
  method: 'GET',
  request: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  verify: answer => status(answer, 200) ?? same(answer.body, Buffer.from('righ')),
}

/** What is counted when so many requests are asked for, each behind the other. */
async function countedOf(texts: string[], checks = 1) {
  const tally = new Tally()
  const client = new CheckingClient(await answering(...texts), tally)
  for (let n = 0; n < checks; n++) await client.ask(check)
  client.close()
  const { answered, wrong, lost, troubles } = tally
  return { answered, wrong, lost, trouble: troubles.join('\n') }
}

describe('a CheckingClient', () => {
  it('counts answers that are right', async () => {
    expect(await countedOf([OK, OK], 2)).toEqual({ answered: 2, wrong: 0, lost: 0, trouble: '' })
  })

  it.each([
    [OK.replace('righ', 'rigt'), /other bytes: 4 of 4, the first at 3/],
    [OK.replace('200 OK', '503 No'), /status 503 where 200 was due/],
  ])('notices a wrong answer: %j', async (text, trouble) => {
    expect(await countedOf([text, OK])).toMatchObject({ answered: 0, wrong: 1, lost: 0 })
    expect((await countedOf([text, OK])).trouble).toMatch(trouble)
  })

  it.each([
    ['', /closed \(fresh connection, 0 bytes/],
    [OK.slice(0, -1), /closed \(fresh connection, 41 bytes/],
    ['HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nrigh', /a field line/],
    ['nonsense\r\n\r\n', /a status line/],
  ])('notices an answer that is not one, or not whole: %j', async (text, trouble) => {
    const outcome = await countedOf([text])
    expect(outcome).toMatchObject({ answered: 0, wrong: 0, lost: 1 })
    expect(outcome.trouble).toMatch(trouble)
  })

  it('connects anew after a last answer, and asks again for what was behind it', async () => {
    const tally = new Tally()
    const last = OK.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')
    const client = new CheckingClient(await answering(last), tally)
    expect(await client.ask(check, check, check)).toBe(true)
    expect([tally.answered, tally.lost]).toEqual([3, 0])
  })

  it('counts a request that is lost on a connection that was good', async () => {
    const outcome = await countedOf([OK, ''], 2)
    expect(outcome).toMatchObject({ answered: 1, lost: 1 })
    expect(outcome.trouble).toMatch(/used connection/)
  })
})

describe('an AnswerReader', () => {
  it('reads chunked content, however it is cut', () => {
    const bytes = Buffer.from(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    )
    const reader = new AnswerReader()
    for (let at = 0; at < bytes.length; at++) {
      expect(reader.next('GET')).toBe(undefined)
      reader.push(bytes.subarray(at, at + 1))
    }
    expect(reader.next('GET')?.body.toString()).toBe('abcde')
    expect(reader.unread).toBe(0)
  })

  it('takes no content where there is none', () => {
    const reader = new AnswerReader()
    reader.push(Buffer.from(`${OK.slice(0, -4)}HTTP/1.1 304 Not Modified\r\n\r\n${OK}`))
    expect([reader.next('HEAD')?.status, reader.next('GET')?.status]).toEqual([200, 304])
    expect(reader.next('GET')?.body.toString()).toBe('righ')
  })

  it('refuses content without a length', () => {
    const reader = new AnswerReader()
    reader.push(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'))
    expect(() => reader.next('GET')).toThrow(BadAnswer)
  })
})

describe('a Site', () => {
  it('takes each version of the file that changes for itself, and nothing else', () => {
    const site = new Site()
    onTestFinished(() => site.remove())
    const answerOf = (body: Buffer) => ({ status: 200, fields: new Map(), body })
    const { verify } = site.changing()
    const versionOf = (n: number): string => `version ${n}\n`
    expect(verify(answerOf(Buffer.from(versionOf(7))))).toBe('version 7, which never was')
    expect(verify(answerOf(Buffer.from(`${versionOf(0)}other`)))).toMatch(/^other bytes/)
    expect(verify(answerOf(Buffer.from('')))).toMatch(/never was/)
  })
})
