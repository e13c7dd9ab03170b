import { describe, expect, it } from 'vitest'
import { eventually } from '../eventually.ts'
import { get } from '../fake-server.ts'
import { OwnProcess } from '../own-process.ts'
import { RawClient } from '../raw-client.ts'
import { serving } from '../serving.ts'

async function startWorkers(options: ConstructorParameters<typeof OwnProcess>[0] = {}) {
  const program = new OwnProcess({ workers: 2, logLevel: 'warn', lingerTimeoutMs: 100, ...options })
  const told = await program.told()
  if (told.urls === undefined) throw new Error(JSON.stringify(told))
  return { program, url: told.urls[0]!, told }
}

async function answerOf(url: string, path: string): Promise<string> {
  const client = await RawClient.connect(url)
  client.send(get(path, 'Connection: close'))
  client.finish()
  const text = await client.ended()
  return text.slice(text.indexOf('\r\n\r\n') + 4)
}

/** The processes that answer, asked often enough to meet all of two. */
async function pidsOf(url: string): Promise<Set<number>> {
  const pids = new Set<number>()
  // Who gets the next connection is for the system to say: that both get some may take more than a few.
  for (let batch = 0; batch < 25 && pids.size < 2; batch++) {
    const answers = Array.from({ length: 8 }, () => answerOf(url, '/pid'))
    for (const answer of await Promise.all(answers)) pids.add(Number(answer))
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
  it('is as many processes, on each of its ports; drained, all answer what is in flight, and end', async () => {
    const { program, told } = await startWorkers({
      listeners: ['127.0.0.1:0', '[::1]:0'],
      port: undefined,
    })
    expect(told).toMatchObject({ readStrategy: 'shared-buffer', isPrimary: true })
    expect(told.urls).toHaveLength(2)
    const [one, two] = [await pidsOf(told.urls![0]!), await pidsOf(told.urls![1]!)]
    expect(one.size).toBe(2)
    expect([...two].sort()).toEqual([...one].sort())
    expect(one.has(program.child.pid!)).toBe(false)

    const answers = [answerOf(told.urls![0]!, '/slow'), answerOf(told.urls![1]!, '/slow')]
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(await program.end('drain')).toEqual({ drain: true })
    expect(await Promise.all(answers)).toEqual(['slow', 'slow'])
    expect(await program.exited).toEqual([0, null])
    expect([...one].filter(isAlive)).toEqual([])
    expect(program.stderr).toBe('')
  })

  it('replaces a worker that dies or ends, on the same port, and goes on meanwhile; all end with the first process', async () => {
    const { program, url } = await startWorkers()
    const [victim, other] = [...(await pidsOf(url))]
    process.kill(victim!, 'SIGKILL')
    await eventually(() => expect(isAlive(victim!)).toBe(false))
    await eventually(async () => expect(Number(await answerOf(url, '/pid'))).toBe(other))
    await eventually(async () => {
      const pids = await pidsOf(url)
      expect([pids.size, pids.has(victim!)]).toEqual([2, false])
    }, 8000)
    expect(program.stderr).toMatch(/worker \d+ died \(SIGKILL\); another starts in \d+ ms/)

    await answerOf(url, '/exit')
    await eventually(() => expect(program.stderr).toMatch(/worker \d+ died \(exit code 7\)/))
    await eventually(async () => expect((await pidsOf(url)).size).toBe(2), 8000)

    const pids = await pidsOf(url)
    program.child.kill('SIGKILL')
    await eventually(() => expect([...pids].filter(isAlive)).toEqual([]), 8000)
  })

  it('says that it had to cut off', async () => {
    const { program, url } = await startWorkers({ drainTimeoutMs: 100 })
    const client = await RawClient.connect(url)
    client.send(get('/never'))
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(await program.end('drain')).toEqual({ drain: false })
    expect(await program.exited).toEqual([0, null])
  })

  it('cuts off everything with close(), and ends', async () => {
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

  it('that cannot have its port rejects once, with ListenError, and leaves no worker', async () => {
    const { url } = await serving()
    const port = Number(new URL(url).port)
    const program = new OwnProcess({ workers: 2, port })
    const { error } = await program.told()
    expect(error).toMatchObject({
      name: 'ListenError',
      message: `127.0.0.1:${port}: another program listens on this port already`,
    })
    expect(await program.exited).toEqual([0, null])
  })

  it('whose root is missing rejects as with one worker', async () => {
    const program = new OwnProcess({ workers: 2, root: '/x/missing' })
    const { error } = await program.told()
    expect(error).toMatchObject({ name: 'Error', code: 'ENOENT' })
    expect(await program.exited).toEqual([0, null])
  })
})
