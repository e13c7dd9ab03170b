import { randomBytes } from 'node:crypto'
import { statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { RawClient } from '../raw-client.ts'
import { get } from './request-bytes.ts'
import { RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const FILES = {
  'small.txt': 'small '.repeat(50),
  'page.css': 'a { color: red }\n'.repeat(2000),
  // Larger than the files that are cached in memory.
  'large.bin': randomBytes(3_000_000),
}
const NAMES = Object.keys(FILES)

/** Returns two copies of a site, as on two hosts: with different inodes and times. */
function replicas(): [TemporaryFolder, TemporaryFolder] {
  const [one, two] = [new TemporaryFolder(FILES), new TemporaryFolder(FILES)]
  for (const [n, name] of NAMES.entries()) {
    utimesSync(join(two.path, name), new Date(), new Date(Date.UTC(2020, 1, 1 + n)))
    const [a, b] = [statSync(join(one.path, name)), statSync(join(two.path, name))]
    expect([a.ino === b.ino, a.mtimeMs === b.mtimeMs, a.size === b.size]).toEqual([
      false,
      false,
      true,
    ])
  }
  return [one, two]
}

describe('two servers of copies of a site, with --etag=content', () => {
  it('have the same ETags for files of any size and in each coding', async ctx => {
    const folders = replicas()
    const clients = await Promise.all(
      folders.map(async folder => {
        ctx.onTestFinished(() => folder.remove())
        const server = await RunningServer.start([folder.path, '--etag=content'])
        ctx.onTestFinished(() => server.kill())
        return RawClient.connect(server.port, ctx.onTestFinished)
      }),
    )
    const [one, two] = clients as [RawClient, RawClient]
    // A file that changed less than a second ago may change again, so its ETag is weak.
    await new Promise(resolve => setTimeout(resolve, 1200))
    for (const name of NAMES) {
      const etag = (await one.request(get(`/${name}`))).field('etag')!
      expect(etag).toMatch(/^"[^"]+"$/)
      expect((await two.request(get(`/${name}`))).field('etag')).toBe(etag)
      // Either server accepts the ETag of the other, to revalidate and to resume a download.
      expect((await two.request(get(`/${name}`, `If-None-Match: ${etag}`))).status).toBe(304)
      const rest = await two.request(get(`/${name}`, 'Range: bytes=10-', `If-Range: ${etag}`))
      expect([rest.status, rest.body.length]).toEqual([
        206,
        FILES[name as keyof typeof FILES].length - 10,
      ])
    }
    const coded = async (client: RawClient): Promise<string | undefined> => {
      const requestCoded = () => client.request(get('/page.css', 'Accept-Encoding: gzip'))
      // The file is compressed in the background after the first response.
      await expect.poll(async () => (await requestCoded()).field('content-encoding')).toBe('gzip')
      return (await requestCoded()).field('etag')
    }
    const etags = [await coded(one), await coded(two)]
    expect(etags[0]).toBe(etags[1])
    expect(etags[0]).not.toBe((await one.request(get('/page.css'))).field('etag'))
  })

  it('have different ETags for different content of the same size', async ctx => {
    const large = Buffer.from(FILES['large.bin'])
    large[1_500_000]! ^= 1
    const etags: (string | undefined)[] = []
    for (const files of [
      FILES,
      { ...FILES, 'large.bin': large, 'small.txt': 'SMALL '.repeat(50) },
    ]) {
      const folder = new TemporaryFolder(files)
      ctx.onTestFinished(() => folder.remove())
      const server = await RunningServer.start([folder.path, '--etag=content'])
      ctx.onTestFinished(() => server.kill())
      const client = await RawClient.connect(server.port, ctx.onTestFinished)
      for (const name of ['small.txt', 'large.bin'])
        etags.push((await client.request(get(`/${name}`))).field('etag'))
    }
    expect(new Set(etags).size).toBe(4)
  })
})
