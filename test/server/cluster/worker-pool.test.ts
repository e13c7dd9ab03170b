import { describe, expect, it } from 'vitest'
import { parseResponses } from '../../parse-responses.ts'
import { RawClient } from '../../raw-client.ts'
import { eventually } from '../eventually.ts'
import { get } from '../fake-server.ts'
import { OwnProcess } from '../own-process.ts'
import { serving } from '../serving.ts'

/** Starts two workers in a process of their own. */
async function startWorkers(options: ConstructorParameters<typeof OwnProcess>[0] = {}) {
  const program = new OwnProcess({ workers: 2, logLevel: 'warn', lingerTimeoutMs: 100, ...options })
  const report = await program.nextMessage()
  if (report.urls === undefined) throw new Error(JSON.stringify(report))
  return { program, url: report.urls[0]!, report }
}

/** Requests a path on a new connection, and returns the content of the response, if one comes. */
async function contentOf(url: string, path: string): Promise<string> {
  const client = await RawClient.connect(url)
  client.send(get(path, 'Connection: close'))
  client.halfClose()
  return parseResponses(await client.ended())[0]?.text ?? ''
}

/** Returns the processes that respond: both of two, with enough requests. */
async function pidsOf(url: string): Promise<Set<number>> {
  const pids = new Set<number>()
  // The kernel picks the worker for a connection: it may take many until both get one.
  for (let batch = 0; batch < 25 && pids.size < 2; batch++) {
    const responses = Array.from({ length: 8 }, () => contentOf(url, '/pid'))
    for (const pid of await Promise.all(responses)) pids.add(Number(pid))
  }
  return pids
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('a server with workers', () => {
  it('is one process per worker, on each port; drain() finishes requests and ends all of them', async () => {
    const { program, report } = await startWorkers({
      listeners: ['127.0.0.1:0', '[::1]:0'],
      port: undefined,
    })
    expect(report).toMatchObject({ readStrategy: 'raw', isPrimary: true })
    expect(report.urls).toHaveLength(2)
    const [first, second] = [await pidsOf(report.urls![0]!), await pidsOf(report.urls![1]!)]
    expect(first.size).toBe(2)
    expect([...second].sort()).toEqual([...first].sort())
    expect(first.has(program.child.pid!)).toBe(false)

    const responses = [contentOf(report.urls![0]!, '/slow'), contentOf(report.urls![1]!, '/slow')]
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(await program.end('drain')).toEqual({ drain: true })
    expect(await Promise.all(responses)).toEqual(['slow', 'slow'])
    expect(await program.exited).toEqual([0, null])
    expect([...first].filter(isAlive)).toEqual([])
    expect(program.stderr).toBe('')
  })

  it('replaces a worker that dies, and serves meanwhile; all workers end with the primary', async () => {
    const { program, url } = await startWorkers()
    const [victim, other] = [...(await pidsOf(url))]
    process.kill(victim!, 'SIGKILL')
    await eventually(() => expect(isAlive(victim!)).toBe(false))
    await eventually(async () => expect(Number(await contentOf(url, '/pid'))).toBe(other))
    await eventually(async () => {
      const pids = await pidsOf(url)
      expect([pids.size, pids.has(victim!)]).toEqual([2, false])
    }, 8000)
    expect(program.stderr).toMatch(/worker \d+ died \(SIGKILL\); starting another in \d+ ms/)

    await contentOf(url, '/exit')
    await eventually(() => expect(program.stderr).toMatch(/worker \d+ died \(exit code 7\)/))
    await eventually(async () => expect((await pidsOf(url)).size).toBe(2), 8000)

    const pids = await pidsOf(url)
    program.child.kill('SIGKILL')
    await eventually(() => expect([...pids].filter(isAlive)).toEqual([]), 8000)
  })

  it('resolves drain() to false if it aborted requests', async () => {
    const { program, url } = await startWorkers({ drainTimeoutMs: 100 })
    const client = await RawClient.connect(url)
    client.send(get('/never'))
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(await program.end('drain')).toEqual({ drain: false })
    expect(await program.exited).toEqual([0, null])
  })

  it('aborts all requests with close(), and ends all processes', async () => {
    const { program, url } = await startWorkers()
    const pids = await pidsOf(url)
    const client = await RawClient.connect(url)
    client.send(get('/never'))
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(await program.end('close')).toEqual({ close: null })
    expect(await client.ended()).toBe('')
    expect(await program.exited).toEqual([0, null])
    expect([...pids].filter(isAlive)).toEqual([])
    expect(program.stderr).toBe('')
  })

  it('rejects with one ListenError if its port is in use, and leaves no worker', async () => {
    const { url } = await serving()
    const port = Number(new URL(url).port)
    const program = new OwnProcess({ workers: 2, port })
    const { error } = await program.nextMessage()
    expect(error).toMatchObject({
      name: 'ListenError',
      message: `127.0.0.1:${port}: another program listens on this port already`,
    })
    expect(await program.exited).toEqual([0, null])
  })

  it('rejects as a server with one worker does if its root is missing', async () => {
    const program = new OwnProcess({ workers: 2, root: '/x/missing' })
    const { error } = await program.nextMessage()
    expect(error).toMatchObject({ name: 'RootError', code: 'ENOENT' })
    expect(await program.exited).toEqual([0, null])
  })
})
