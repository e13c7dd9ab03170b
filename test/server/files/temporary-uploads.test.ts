import { spawnSync } from 'node:child_process'
import { readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  sweepTemporaryUploads,
  temporaryName,
} from '../../../src/server/files/temporary-uploads.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const UUID = '01234567-89ab-4def-8123-456789abcdef'

const own = temporaryName(UUID)
const [, host] = /^\.statewire-upload-([\da-f]{8})-/.exec(own)!
/** The id of a process that has ended. */
const ended = spawnSync(process.execPath, ['-e', '']).pid
const named = (of: string, pid: number): string => `.statewire-upload-${of}-${pid}-${UUID}`

it('removes what a process that has ended left, in all folders', async () => {
  const left = named(host!, ended)
  const folder = temporaryFolder({ [left]: '', [`a/b/${left}`]: '', 'a/c.txt': 'C' })
  expect(await sweepTemporaryUploads(folder)).toBe(2)
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['a', 'a/b', 'a/c.txt'])
})

it.each([
  ['of this process, begun after its start', own],
  ['of another process that runs', named(host!, process.ppid)],
  ['of another machine', named('ffffffff', ended)],
  ['of another name', `.statewire-upload-${UUID}`],
  ['of a user', 'statewire-upload.txt'],
])('leaves a file %s', async (_, name) => {
  const folder = temporaryFolder({ [name]: '' })
  expect(await sweepTemporaryUploads(folder)).toBe(0)
  expect(readdirSync(folder)).toEqual([name])
})

it.each([
  // A container's first process has the id of its predecessor.
  ['with the id of this process from before its start', own, 3600],
  ['of another machine after a day', named('ffffffff', ended), 25 * 3600],
])('removes a file %s', async (_, name, ageSeconds) => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, name), '')
  const time = Date.now() / 1000 - process.uptime() - ageSeconds
  utimesSync(join(folder, name), time, time)
  expect(await sweepTemporaryUploads(folder)).toBe(1)
})

it('follows no link, and leaves folders of such a name', async () => {
  const left = named(host!, ended)
  const folder = temporaryFolder({
    [`outside/${left}`]: '',
    'site/link': { link: '../outside' },
    [`site/${left}/a`]: 'A',
  })
  expect(await sweepTemporaryUploads(join(folder, 'site'))).toBe(0)
  expect(readdirSync(join(folder, 'outside'))).toEqual([left])
})

it('does not fail in a folder that is missing', async () => {
  expect(await sweepTemporaryUploads('/nowhere/at/all')).toBe(0)
})
