import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Check, CheckingClient, type HttpResponse } from './checking-client.ts'
import { bytesMismatch, Site, statusMismatch } from './site.ts'
import { Tally } from './tally.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nright'.slice(0, -1)

/** Starts a server that sends the nth text for the nth request of a connection, then closes it. */
async function startServer(...texts: string[]): Promise<number> {
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
  verify: response =>
    statusMismatch(response, 200) ?? bytesMismatch(response.body, Buffer.from('righ')),
}

/** Sends requests one after another and resolves to the tally. */
async function tallyOf(texts: string[], checks = 1) {
  const tally = new Tally()
  const client = new CheckingClient(await startServer(...texts), tally)
  for (let n = 0; n < checks; n++) await client.run(check)
  client.close()
  const { right, wrong, lost, problems } = tally
  return { right, wrong, lost, problem: problems.join('\n') }
}

describe('CheckingClient', () => {
  it('counts right responses', async () => {
    expect(await tallyOf([OK, OK], 2)).toEqual({ right: 2, wrong: 0, lost: 0, problem: '' })
  })

  it.each([
    [OK.replace('righ', 'rigt'), /wrong bytes: 4 of 4, the first difference at 3/],
    [OK.replace('200 OK', '503 No'), /status 503 instead of 200/],
  ])('counts a wrong response: %j', async (text, problem) => {
    expect(await tallyOf([text, OK])).toMatchObject({ right: 0, wrong: 1, lost: 0 })
    expect((await tallyOf([text, OK])).problem).toMatch(problem)
  })

  it.each([
    ['', /closed \(fresh connection, 0 bytes/],
    [OK.slice(0, -1), /closed \(fresh connection, 41 bytes/],
    [
      'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nrigh',
      /Content-Length: 4, 4/,
    ],
    ['HTTP/1.1 200 OK\r\nA: b\r\na: c\r\nContent-Length: 0\r\n\r\n', /repeated field line/],
    ['HTTP/1.1 200 OK\r\n\r\n', /without a length/],
    ['nonsense\r\n\r\n', /status line/],
  ])(
    'counts a request as lost after a malformed or incomplete response: %j',
    async (text, problem) => {
      const counts = await tallyOf([text])
      expect(counts).toMatchObject({ right: 0, wrong: 0, lost: 1 })
      expect(counts.problem).toMatch(problem)
    },
  )

  it('reconnects after Connection: close, and sends the remaining requests again', async () => {
    const tally = new Tally()
    const last = OK.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')
    const client = new CheckingClient(await startServer(last), tally)
    expect(await client.run(check, check, check)).toBe(true)
    expect([tally.right, tally.lost]).toEqual([3, 0])
  })

  it('counts a request that is lost on a used connection', async () => {
    const counts = await tallyOf([OK, ''], 2)
    expect(counts).toMatchObject({ right: 1, lost: 1 })
    expect(counts.problem).toMatch(/used connection/)
  })
})

describe('Site', () => {
  it('accepts versions of the changing file that existed, and nothing else', () => {
    const site = new Site()
    onTestFinished(() => site.remove())
    const responseWith = (body: Buffer): HttpResponse => ({
      status: 200,
      field: () => undefined,
      body,
    })
    const { verify } = site.changing()
    const versionOf = (n: number): string => `version ${n}\n`
    expect(verify(responseWith(Buffer.from(versionOf(7))))).toBe('version 7, which never existed')
    expect(verify(responseWith(Buffer.from(`${versionOf(0)}other`)))).toMatch(/^wrong bytes/)
    expect(verify(responseWith(Buffer.from('')))).toMatch(/never existed/)
  })
})
