import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/server/connection/clock.ts'
import {
  call,
  FileAccess,
  type FileOperation,
  openAccess,
  wait,
} from '../../../src/server/files/file-access.ts'
import type { DirectFileSystem } from '../../../src/server/files/file-system.ts'
import { nodeDirectFileSystem, nodeFileSystem } from '../../../src/server/files/node-file-system.ts'
import { FakeFileSystem, systemError } from '../fake-file-system.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const KIB = 1024

/** An access over a file system in memory, whose direct calls take a time that the test sets. */
function accessWith({ isAdaptive = true } = {}) {
  const threads = new FakeFileSystem({ '/a': 'content' })
  const time = { nowMs: 0, callMs: 0 }
  const calls: string[] = []
  const made = (name: string): void => {
    calls.push(name)
    time.nowMs += time.callMs
  }
  const unexpected = (): never => {
    throw new Error('not called here')
  }
  const direct: DirectFileSystem = {
    open(path) {
      made('open')
      if (path === '/missing') throw systemError('ENOENT')
      return 7
    },
    read(_fd, _into, length) {
      made('read')
      return length
    },
    lstat() {
      made('lstat')
      return undefined
    },
    close: unexpected,
    fstat: unexpected,
    stat: unexpected,
    realpath: unexpected,
    realpathOf: unexpected,
  }
  const access = new FileAccess(threads, direct, isAdaptive, () => time.nowMs)
  return { access, threads, calls, time }
}

function* openAndLook(path = '/a'): FileOperation<string> {
  try {
    yield* call('open', path)
    yield* call('lstat', path)
    return 'done'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code!
  }
}

describe('FileAccess', () => {
  it('runs an operation at once if its calls are made directly', () => {
    const { access, calls, threads } = accessWith()
    expect(access.run(openAndLook())).toBe('done')
    expect([calls, threads.calls]).toEqual([['open', 'lstat'], []])
  })

  it('runs the same operation in threads', async () => {
    const threads = new FakeFileSystem({ '/a': 'content' })
    const access = new FileAccess(threads, undefined, true)
    const running = access.run(openAndLook())
    expect(running).toBeInstanceOf(Promise)
    expect(await running).toBe('done')
    expect(threads.calls).toEqual(['open', 'lstat'])
  })

  it('throws the errors of calls into the operation, in both ways', async () => {
    const { access, threads } = accessWith()
    expect(access.run(openAndLook('/missing'))).toBe('ENOENT')
    expect(await new FileAccess(threads, undefined, true).run(openAndLook('/missing'))).toBe(
      'ENOENT',
    )
  })

  it('rejects or throws if the operation does', async () => {
    const failing = function* (): FileOperation<never> {
      yield* call('open', '/a')
      throw new Error('failed')
    }
    const { access, threads } = accessWith()
    expect(() => access.run(failing())).toThrow('failed')
    await expect(new FileAccess(threads, undefined, true).run(failing())).rejects.toThrow('failed')
  })

  it('waits for promises within an operation', async () => {
    const { access, calls } = accessWith()
    const operation = function* (): FileOperation<string> {
      const text = yield* wait(Promise.resolve('waited'))
      yield* openAndLook()
      return text
    }
    expect(await access.run(operation())).toBe('waited')
    expect(calls).toEqual(['open', 'lstat'])
  })

  it.each([
    [64 * KIB, ['read'], []],
    [64 * KIB + 1, [], ['read']],
  ])('makes a read of %d bytes directly, or in a thread', async (length, direct, threaded) => {
    const { access, calls, threads } = accessWith()
    const fd = await threads.open('/a')
    threads.calls.length = 0
    const buffer = new Uint8Array(length)
    await access.run(call('read', fd, buffer, length, 0))
    expect([calls, threads.calls]).toEqual([direct, threaded])
  })

  it('lists folders in a thread', async () => {
    const { access, threads } = accessWith()
    expect(await access.run(call('list', '/', 10))).toEqual(['a'])
    expect(threads.calls).toEqual(['list'])
  })
})

describe('on a slow disk', () => {
  /** Runs an operation, and returns how its calls were made. */
  async function run({ access, calls, threads }: ReturnType<typeof accessWith>): Promise<string> {
    calls.length = 0
    threads.calls.length = 0
    await access.run(openAndLook())
    return `${calls.length} direct, ${threads.calls.length} in threads`
  }

  it('a call is made directly once, and the next ones in threads for a while', async () => {
    const setup = accessWith()
    setup.time.callMs = 30
    expect(await run(setup)).toBe('1 direct, 1 in threads')
    for (let n = 0; n < 10; n++) expect(await run(setup)).toBe('0 direct, 2 in threads')
    setup.time.nowMs += 10
    setup.time.callMs = 1
    expect(await run(setup)).toBe('2 direct, 0 in threads')
  })

  it('that while doubles each time, up to 10 s', async () => {
    const setup = accessWith()
    setup.time.callMs = 30
    const pauses: number[] = []
    for (let n = 0; n < 13; n++) {
      await run(setup)
      const startMs = setup.time.nowMs
      while (setup.access.direct === undefined) setup.time.nowMs += 10
      pauses.push(setup.time.nowMs - startMs)
    }
    expect(pauses).toEqual([
      ...[10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120],
      ...[10_000, 10_000, 10_000],
    ])
  })

  it.each([
    [10, 20],
    [29, 20],
    [30, 10],
  ])('a slow call %d ms after a pause is followed by one of %d ms', async (quickMs, pauseMs) => {
    const setup = accessWith()
    setup.time.callMs = 30
    await run(setup)
    // Quick calls in between do not matter.
    setup.time.nowMs += 10
    setup.time.callMs = 0
    for (let n = 0; n < 20; n++) expect(await run(setup)).toBe('2 direct, 0 in threads')
    setup.time.nowMs += quickMs
    setup.time.callMs = 30
    expect(await run(setup)).toBe('1 direct, 1 in threads')
    setup.time.nowMs += pauseMs - 1
    expect(setup.access.direct).toBeUndefined()
    setup.time.nowMs += 1
    expect(setup.access.direct).toBeDefined()
  })

  it('calls stay direct with --file-access direct', async () => {
    const setup = accessWith({ isAdaptive: false })
    setup.time.callMs = 500
    for (let n = 0; n < 3; n++) expect(await run(setup)).toBe('2 direct, 0 in threads')
  })

  it('several calls at once are made directly too, and fail without an error', async () => {
    const { access, time } = accessWith()
    expect(access.tryDirectly(direct => direct.open('/a'))).toBe(7)
    expect(access.tryDirectly(direct => direct.open('/missing'))).toBeUndefined()
    time.callMs = 30
    access.tryDirectly(direct => direct.open('/a'))
    expect(access.tryDirectly(direct => direct.open('/a'))).toBeUndefined()
  })
})

describe('openAccess', () => {
  const isDirect = async (mode: 'auto' | 'direct' | 'threads', isLocal: boolean) => {
    const fileSystem = { ...nodeFileSystem, isLocal: async () => isLocal }
    const platform = { fileSystem, directFileSystem: nodeDirectFileSystem, clock: systemClock }
    return (await openAccess('/', mode, platform)).direct !== undefined
  }

  it.each([
    ['auto', true, true],
    ['auto', false, false],
    ['direct', false, true],
    ['threads', true, false],
  ] as const)('%s, on a local disk %s: direct %s', async (mode, isLocal, expected) => {
    expect(await isDirect(mode, isLocal)).toBe(expected)
  })

  it('asks the system for the kind of file system', async () => {
    expect(await nodeFileSystem.isLocal('/proc')).toBe(false)
    expect(await nodeFileSystem.isLocal('/dev/shm')).toBe(process.platform === 'linux')
    expect(await nodeFileSystem.isLocal(`${temporaryFolder()}/missing`)).toBe(false)
  })
})
