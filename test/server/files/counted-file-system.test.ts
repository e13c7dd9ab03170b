import { describe, expect, it } from 'vitest'
import { CountedFileSystem } from '../../../src/server/files/counted-file-system.ts'
import { FakeFileSystem } from '../fake-file-system.ts'

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
