import { describe, expect, it } from 'vitest'
import { CountedFileSystem, fdBudget } from '../../../src/server/files/counted-file-system.ts'
import { FakeFileSystem } from '../fake-file-system.ts'

/** What Node, a listener and some folders take. */
const OWN = 32

describe('shareDescriptors', () => {
  it.each([
    [1_048_576, { all: 1_048_512, connections: 1_048_448, rejected: 32 }],
    [1024, { all: 960, connections: 896, rejected: 32 }],
    [256, { all: 192, connections: 144, rejected: 32 }],
    [64, { all: 24, connections: 18, rejected: 8 }],
    [48, { all: 10, connections: 7, rejected: 6 }],
  ])('of %d', (limit, shares) => {
    expect(fdBudget(limit)).toEqual(shares)
    expect(OWN + shares.all + shares.rejected).toBeLessThanOrEqual(limit)
  })

  it('is something even where nothing will do', () => {
    expect(fdBudget(0)).toEqual({ all: 2, connections: 1, rejected: 1 })
  })

  it('has no end where the limit has none', () => {
    expect(fdBudget(Number.POSITIVE_INFINITY).connections).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('CountedDisk', () => {
  it('counts what is open, also where opening and closing fail', async () => {
    const fake = new FakeFileSystem({ '/a': 'a' })
    const counted = new CountedFileSystem(fake)
    const { fileSystem } = counted
    const fds = [await fileSystem.open('/a'), await fileSystem.create('/b')]
    expect(counted.open).toBe(2)
    await expect(fileSystem.open('/missing')).rejects.toThrow('ENOENT')
    expect(counted.open).toBe(2)
    fake.fail('close', 'EIO')
    for (const fd of fds) await expect(fileSystem.close(fd)).rejects.toThrow('EIO')
    expect([counted.open, fake.openCount]).toEqual([0, 0])
  })

  it('opens none while they are short, and does all else', async () => {
    const fake = new FakeFileSystem({ '/a': 'a' })
    const counted = new CountedFileSystem(fake)
    const { fileSystem } = counted
    const fd = await fileSystem.open('/a')
    counted.isExhausted = () => true
    await expect(fileSystem.open('/a')).rejects.toMatchObject({ code: 'EMFILE' })
    await expect(fileSystem.create('/b')).rejects.toMatchObject({ code: 'EMFILE' })
    expect(await fileSystem.read(fd, new Uint8Array(1), 1, 0)).toBe(1)
    await fileSystem.close(fd)
    counted.isExhausted = () => false
    await fileSystem.close(await fileSystem.open('/a'))
  })
})
