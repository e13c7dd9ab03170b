import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReceivedResponse } from '../../fuzz/received-response.ts'
import { RawClient } from '../raw-client.ts'
import { RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const REVALIDATE_MS = 300

let volume: TemporaryFolder
let server: RunningServer

/** Writes a version of a volume as the kubelet does: a new folder, and then one rename. */
function publish(version: string, files: Readonly<Record<string, string>>): void {
  const folder = `..${version}`
  for (const [name, content] of Object.entries(files)) {
    const path = join(volume.path, folder, name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, content)
  }
  symlinkSync(folder, join(volume.path, '..data_tmp'))
  renameSync(join(volume.path, '..data_tmp'), join(volume.path, '..data'))
}

beforeAll(async () => {
  volume = new TemporaryFolder()
  publish('2026_01', { 'index.html': 'home 1', 'a.css': 'css 1', 'certs/ca.txt': 'ca 1' })
  for (const name of ['index.html', 'a.css', 'certs'])
    symlinkSync(`..data/${name}`, join(volume.path, name))
  const options = ['--revalidate-ms', `${REVALIDATE_MS}ms`, '--list']
  server = await RunningServer.start([volume.path, ...options])
})
afterAll(async () => {
  await server.kill()
  volume.remove()
})

async function request(path: string, fields = ''): Promise<ReceivedResponse> {
  const client = await RawClient.connect(server.port)
  return client.request(`GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`)
}

/** Returns the status and the content for each path. */
async function responsesTo(...paths: string[]): Promise<string[]> {
  const responses: string[] = []
  for (const path of paths) {
    const { status, text } = await request(path)
    responses.push(status === 200 ? text : `${status}`)
  }
  return responses
}

describe.skipIf(process.platform === 'win32')('a ConfigMap, Secret or projected volume', () => {
  const PATHS = ['/', '/a.css', '/certs/ca.txt'] as const

  it('is served, and followed when it is swapped', async () => {
    for (let i = 0; i < 3; i++)
      expect(await responsesTo(...PATHS)).toEqual(['home 1', 'css 1', 'ca 1'])
    const etag = (await request('/a.css')).field('etag')
    // The old version is removed at once.
    publish('2026_02', { 'index.html': 'home 2', 'a.css': 'css 2', 'certs/ca.txt': 'ca 2' })
    rmSync(join(volume.path, '..2026_01'), { recursive: true })
    await wait(REVALIDATE_MS + 20)
    expect(await responsesTo(...PATHS)).toEqual(['home 2', 'css 2', 'ca 2'])
    const fields = `If-None-Match: ${etag}\r\n`
    expect((await request('/a.css', fields)).text).toBe('css 2')
  })

  it('shows its own names neither in paths nor in the listing', async () => {
    const hidden = ['/..data/a.css', '/..2026_02/a.css', '/%2e.data/a.css', '/..data/', '/..data']
    expect(await responsesTo(...hidden)).toEqual(hidden.map(() => '404'))
    rmSync(join(volume.path, 'index.html'))
    await wait(REVALIDATE_MS + 20)
    const listing = await request('/', 'Accept: application/json\r\n')
    expect(listing.text).toContain('a.css')
    expect(listing.text).not.toContain('..')
  })
})
