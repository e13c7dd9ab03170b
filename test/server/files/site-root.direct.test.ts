import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DirectFileSystem } from '../../../src/server/files/file-system.ts'
import type { FoundFile } from '../../../src/server/files/look.ts'
import { nodeDirectFileSystem, nodeFileSystem } from '../../../src/server/files/node-file-system.ts'
import { findFile } from '../../../src/server/files/resolve-path.ts'
import { type Tree, temporaryFolder } from '../temporary-folder.ts'
import { rootOf } from './root-of.ts'

/** A root whose calls are made directly, with a record of them and a hook before each. */
async function openDirectly(tree: Tree, at = '') {
  const folder = temporaryFolder(tree)
  const calls: string[] = []
  const hook = { before: (_call: string): void => {} }
  const direct = Object.fromEntries(
    Object.entries(nodeDirectFileSystem).map(([name, make]) => [
      name,
      (...args: unknown[]) => {
        const text = typeof args[0] === 'string' ? args[0].slice(folder.length) : ''
        calls.push(`${name} ${text}`.trim())
        hook.before(calls.at(-1)!)
        return (make as (...args: unknown[]) => unknown)(...args)
      },
    ]),
  ) as unknown as DirectFileSystem
  const time = { nowMs: 0 }
  const root = await rootOf(join(folder, at), nodeFileSystem, {}, () => time.nowMs, direct)
  calls.length = 0
  /** Returns the kind that a path has, at once. */
  const kindOf = (...segments: string[]): string => {
    const found = root.run(root.stat(segments))
    if (found instanceof Promise) throw new Error('the look took a thread')
    return found.kind
  }
  const open = (...segments: string[]): string => {
    const opened = root.run(root.open(segments))
    if (opened instanceof Promise) throw new Error('opening took a thread')
    if (opened.kind === 'file') nodeDirectFileSystem.close(opened.fd)
    return opened.kind
  }
  const fileAt = (...segments: string[]): FoundFile => {
    const found = root.run(root.stat(segments))
    if (found instanceof Promise || found.kind !== 'file') throw new Error('there is no file')
    return { segments, status: found.status }
  }
  const read = (file: FoundFile, length: number, position = 0): string | undefined => {
    const buffer = Buffer.alloc(length)
    return root.readDirectly(file, buffer, position) ? buffer.toString() : undefined
  }
  const callsOf = (run: () => unknown): string[] => {
    calls.length = 0
    run()
    return [...calls]
  }
  return { folder, root, time, hook, kindOf, open, fileAt, read, callsOf }
}

describe('looks', () => {
  it('ask nothing within revalidateMs, and one lstat for each name after it', async () => {
    const { kindOf, callsOf, time } = await openDirectly({ 'b/a': 'A', 'b/c': 'C' })
    const rootCalls = ['realpath', 'stat']
    expect(callsOf(() => kindOf('b', 'a'))).toEqual([...rootCalls, 'lstat /b', 'lstat /b/a'])
    expect(callsOf(() => kindOf('b', 'c'))).toEqual(['lstat /b/c'])
    time.nowMs = 999
    expect(callsOf(() => [kindOf('b', 'a'), kindOf('b', 'c'), kindOf('b')])).toEqual([])
    time.nowMs = 1000
    expect(callsOf(() => kindOf('b', 'a'))).toEqual([...rootCalls, 'lstat /b', 'lstat /b/a'])
    expect(callsOf(() => kindOf('b', 'c'))).toEqual(['lstat /b/c'])
  })

  it('stop at the first name that is missing, and remember it', async () => {
    const { kindOf, callsOf } = await openDirectly({ a: '' })
    kindOf('a')
    expect(callsOf(() => kindOf('x', 'y', 'z'))).toEqual(['lstat /x'])
    expect(callsOf(() => [kindOf('x', 'y', 'z'), kindOf('x', 'other'), kindOf('x')])).toEqual([])
  })

  it('take linear time for a path of many segments', async () => {
    const { kindOf, callsOf } = await openDirectly({ a: '' })
    kindOf('a')
    expect(callsOf(() => kindOf(...new Array(4000).fill('x')))).toEqual(['lstat /x'])
  })

  it('find a file that appeared, changed or vanished after revalidateMs', async () => {
    const { kindOf, folder, time, fileAt } = await openDirectly({ a: 'A' })
    expect([kindOf('a'), kindOf('b')]).toEqual(['file', 'missing'])
    rmSync(join(folder, 'a'))
    writeFileSync(join(folder, 'b'), 'longer')
    time.nowMs = 1000
    expect([kindOf('a'), kindOf('b'), fileAt('b').status.size]).toEqual(['missing', 'file', 6])
  })

  it('see at once what is forgotten', async () => {
    const { kindOf, folder, root } = await openDirectly({ 'd/a': 'A' })
    expect(kindOf('d', 'b')).toBe('missing')
    writeFileSync(join(folder, 'd/b'), '')
    expect(kindOf('d', 'b')).toBe('missing')
    root.forget(['d', 'b'])
    expect(kindOf('d', 'b')).toBe('file')
  })

  it('may be renewed after 80 % of revalidateMs', async () => {
    const { kindOf, callsOf, root, time } = await openDirectly({ a: 'A' })
    kindOf('a')
    time.nowMs = 799
    root.renew()
    expect([callsOf(() => kindOf('a')).length, root.lookedAtMs]).toEqual([0, 0])
    time.nowMs = 800
    root.renew()
    expect(callsOf(() => kindOf('a'))).toHaveLength(3)
    expect(root.lookedAtMs).toBe(800)
  })

  it('notice a folder that was replaced by a link out of the root', async () => {
    const setup = await openDirectly({ 'outside/x': '', 'site/d/a': 'A' }, 'site')
    const { folder, kindOf, open, fileAt, read, time } = setup
    expect([kindOf('d', 'a'), open('d', 'a')]).toEqual(['file', 'file'])
    expect(read(fileAt('d', 'a'), 1)).toBe('A')
    renameSync(join(folder, 'site/d'), join(folder, 'outside/d'))
    symlinkSync('../outside/d', join(folder, 'site/d'))
    time.nowMs = 1000
    // The file is the same, and no longer below the root.
    expect([kindOf('d', 'a'), open('d', 'a')]).toEqual(['missing', 'missing'])
  })
})

describe('the names in a folder', () => {
  /** Waits until the names were read, which is behind the requests. */
  async function readNames(setup: Awaited<ReturnType<typeof openDirectly>>, ...names: string[]) {
    const { root, folder } = setup
    // A folder that was just changed is not relied on.
    utimesSync(folder, 1_000_000_000, 1_000_000_000)
    await new Promise(done => setTimeout(done, 1100))
    for (let n = 0; n < 8; n++) await root.run(root.statDerived([`unknown-${n}`]))
    for (let n = 0; n < 100 && root.namesBeside(['x']) === undefined; n++)
      await new Promise(done => setTimeout(done, 5))
    expect([...root.namesBeside(['x'])!].sort()).toEqual(names.sort())
  }

  it('rule out siblings and pages, until the folder changes', async () => {
    const setup = await openDirectly({ 'a.js': 'A', 'a.js.br': 'B' })
    await readNames(setup, 'a.js', 'a.js.br')
    const { root, callsOf, folder, time } = setup
    const siblingsOf = (): string[] => {
      const found = root.run(findFile(root, ['a.js']))
      if (found instanceof Promise || found.kind !== 'asset') throw new Error('there is no file')
      return [...found.siblings.keys()]
    }
    expect(callsOf(siblingsOf)).toEqual(['lstat /a.js', 'lstat /a.js.br'])
    writeFileSync(join(folder, 'a.js.gz'), '')
    expect(siblingsOf()).toEqual(['br'])
    time.nowMs = 1000
    expect(siblingsOf()).toEqual(['br', 'gzip'])
  })

  it('do not hide a file that is asked for by its own name', async () => {
    const setup = await openDirectly({ a: 'A' })
    await readNames(setup, 'a')
    const { kindOf, folder } = setup
    writeFileSync(join(folder, 'new'), '')
    expect(kindOf('new')).toBe('file')
  })
})

describe('lookAgain', () => {
  it('needs one call if the names in the folder are known, and none for a file that is read', async () => {
    const setup = await openDirectly({ a: 'A', 'b.br': 'B' })
    const { root, time, fileAt, kindOf, callsOf, folder } = setup
    const file = fileAt('a')
    const again = (isRead = false) => root.lookAgain(file, ['a.br'], isRead)
    expect(again()).toBeUndefined()
    utimesSync(folder, 1_000_000_000, 1_000_000_000)
    await new Promise(done => setTimeout(done, 1100))
    time.nowMs = 1000
    for (let n = 0; n < 8; n++) await root.run(root.statDerived([`unknown-${n}`]))
    for (let n = 0; n < 100 && root.namesBeside(['x']) === undefined; n++)
      await new Promise(done => setTimeout(done, 5))
    time.nowMs = 2000
    // The folder is looked at first.
    expect(again()).toBeUndefined()
    kindOf('b.br')
    expect(callsOf(() => expect(again(true)).toBe(2000))).toEqual([])
    expect(callsOf(() => expect(again()).toBe(2000))).toEqual(['lstat /a'])
    expect(callsOf(() => expect(again()).toBe(2000))).toEqual([])
    expect(root.lookAgain(file, ['b.br'], true)).toBeUndefined()
    writeFileSync(join(folder, 'a'), 'changed')
    time.nowMs = 3000
    kindOf('b.br')
    expect(again()).toBeUndefined()
  })
})

describe('isAbsent', () => {
  it('is true below what is missing, without a call', async () => {
    const { root, kindOf, callsOf } = await openDirectly({ a: '' })
    expect(kindOf('x')).toBe('missing')
    expect(callsOf(() => expect(root.isAbsent(['x', 'y'], [])).toBe(true))).toEqual([])
    // Nothing is known of this folder.
    expect(root.isAbsent(['z', 'y'], [])).toBe(false)
  })

  it('needs the names in the folder, and one call', async () => {
    const { root, folder, callsOf } = await openDirectly({ a: '', 'b.html': '' })
    utimesSync(folder, 1_000_000_000, 1_000_000_000)
    await new Promise(done => setTimeout(done, 1100))
    expect(root.isAbsent(['x'], ['x.html'])).toBe(false)
    for (let n = 0; n < 8; n++) await root.run(root.statDerived([`unknown-${n}`]))
    for (let n = 0; n < 100 && root.namesBeside(['x']) === undefined; n++)
      await new Promise(done => setTimeout(done, 5))
    expect(callsOf(() => expect(root.isAbsent(['x'], ['x.html'])).toBe(true))).toEqual(['lstat /x'])
    expect([root.isAbsent(['a'], []), root.isAbsent(['b'], ['b.html'])]).toEqual([false, false])
    writeFileSync(join(folder, 'x'), '')
    expect(root.isAbsent(['x'], ['x.html'])).toBe(false)
  })
})

describe('readDirectly', () => {
  it('reads a file that was opened before, and parts of it', async () => {
    const { fileAt, open, read, callsOf } = await openDirectly({ a: 'content' })
    const file = fileAt('a')
    expect(read(file, 7)).toBeUndefined()
    open('a')
    expect([read(file, 7), read(file, 3, 2)]).toEqual(['content', 'nte'])
    expect(callsOf(() => read(file, 7))).toEqual(['open /a', 'read', 'fstat', 'close'])
  })

  it.each<[string, (path: string) => void]>([
    ['rewritten', path => writeFileSync(path, 'CONTENT')],
    ['longer', path => writeFileSync(path, 'content and more')],
    ['shorter', path => writeFileSync(path, 'con')],
    ['removed', path => rmSync(path)],
    [
      'replaced by a folder',
      path => {
        rmSync(path)
        mkdirSync(path)
      },
    ],
  ])('returns false for a file that is %s by now', async (_, change) => {
    const { fileAt, open, read, folder } = await openDirectly({ a: 'content' })
    const file = fileAt('a')
    open('a')
    await new Promise(done => setTimeout(done, 20))
    change(join(folder, 'a'))
    expect(read(file, 7)).toBeUndefined()
  })

  it('returns false for a file that changes during the read', async () => {
    const { fileAt, open, read, folder, hook } = await openDirectly({ a: 'content' })
    const file = fileAt('a')
    open('a')
    await new Promise(done => setTimeout(done, 20))
    hook.before = name => {
      if (name === 'fstat') writeFileSync(join(folder, 'a'), 'CONTENT')
    }
    expect(read(file, 7)).toBeUndefined()
  })

  it('returns false for more than 64 KiB', async () => {
    const { fileAt, open, read } = await openDirectly({ a: 'x'.repeat(70_000) })
    const file = fileAt('a')
    open('a')
    expect(read(file, 65_536)).toHaveLength(65_536)
    expect(read(file, 65_537)).toBeUndefined()
  })
})
