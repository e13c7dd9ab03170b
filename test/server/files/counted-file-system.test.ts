import { describe, expect, it } from 'vitest'
import { CountedDisk, shareDescriptors } from '../../../src/server/files/counted-file-system.ts'
import { FakeDisk } from '../fake-file-system.ts'

/** What Node, a listener and some folders take. */
const OWN = 32

describe('shareDescriptors', () => {
  it.each([
    [1_048_576, { all: 1_048_512, connections: 1_048_448, turnedAway: 32 }],
    [1024, { all: 960, connections: 896, turnedAway: 32 }],
    [256, { all: 192, connections: 144, turnedAway: 32 }],
    [64, { all: 24, connections: 18, turnedAway: 8 }],
    [48, { all: 10, connections: 7, turnedAway: 6 }],
  ])('of %d', (limit, shares) => {
    expect(shareDescriptors(limit)).toEqual(shares)
    expect(OWN + shares.all + shares.turnedAway).toBeLessThanOrEqual(limit)
  })

  it('is something even where nothing will do', () => {
    expect(shareDescriptors(0)).toEqual({ all: 2, connections: 1, turnedAway: 1 })
  })

  it('has no end where the limit has none', () => {
    expect(shareDescriptors(Number.POSITIVE_INFINITY).connections).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('CountedDisk', () => {
  it('counts what is open, also where opening and closing fail', async () => {
    const fake = new FakeDisk({ '/a': 'a' })
    const counted = new CountedDisk(fake)
    const { disk } = counted
    const fds = [await disk.open('/a'), await disk.create('/b')]
    expect(counted.open).toBe(2)
    await expect(disk.open('/missing')).rejects.toThrow('ENOENT')
    expect(counted.open).toBe(2)
    fake.fail('close', 'EIO')
    for (const fd of fds) await expect(disk.close(fd)).rejects.toThrow('EIO')
    expect([counted.open, fake.openCount]).toEqual([0, 0])
  })

  it('opens none while they are short, and does all else', async () => {
    const fake = new FakeDisk({ '/a': 'a' })
    const counted = new CountedDisk(fake)
    const { disk } = counted
    const fd = await disk.open('/a')
    counted.areShort = () => true
    await expect(disk.open('/a')).rejects.toMatchObject({ code: 'EMFILE' })
    await expect(disk.create('/b')).rejects.toMatchObject({ code: 'EMFILE' })
    expect(await disk.read(fd, new Uint8Array(1), 1, 0)).toBe(1)
    await disk.close(fd)
    counted.areShort = () => false
    await disk.close(await disk.open('/a'))
  })
})
