import { describe, expect, it } from 'vitest'
import { countedFileSystem, DescriptorCount } from '../../../src/server/files/file-system.ts'
import { FakeFileSystem } from '../fake-file-system.ts'

/** Returns a counted file system over a fake one with the file /a. */
function countedOverFake(max: number) {
  const fake = new FakeFileSystem({ '/a': 'a' })
  const descriptors = new DescriptorCount(max)
  return { fake, descriptors, fileSystem: countedFileSystem(fake, descriptors) }
}

describe('countedFileSystem', () => {
  it('counts open files, also when opening or closing fails', async () => {
    const { fake, descriptors, fileSystem } = countedOverFake(100)
    const fds = [await fileSystem.open('/a'), await fileSystem.create('/b')]
    expect(descriptors.files).toBe(2)
    await expect(fileSystem.open('/missing')).rejects.toThrow('ENOENT')
    expect(descriptors.files).toBe(2)
    fake.fail('close', 'EIO')
    for (const fd of fds) await expect(fileSystem.close(fd)).rejects.toThrow('EIO')
    expect([descriptors.files, fake.openCount]).toEqual([0, 0])
  })

  it('fails with EMFILE while all descriptors are in use, and still reads and closes', async () => {
    const { descriptors, fileSystem } = countedOverFake(3)
    descriptors.connections = 2
    const fd = await fileSystem.open('/a')
    await expect(fileSystem.open('/a')).rejects.toMatchObject({ code: 'EMFILE' })
    await expect(fileSystem.create('/b')).rejects.toMatchObject({ code: 'EMFILE' })
    expect(await fileSystem.read(fd, new Uint8Array(1), 1, 0)).toBe(1)
    await fileSystem.close(fd)
    await fileSystem.close(await fileSystem.open('/a'))
  })
})
