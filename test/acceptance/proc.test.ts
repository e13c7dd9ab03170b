import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { RawClient } from '../raw-client.ts'
import { RunningServer, type RunOptions, whyNotWithoutProc } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

/** Starts a server, and returns its log and the status and content of each path. */
async function serve(args: readonly string[], paths: readonly string[], options?: RunOptions) {
  const server = await RunningServer.start(args, options)
  try {
    const responses: string[] = []
    for (const path of paths) {
      const client = await RawClient.connect(server.port)
      const { status, text } = await client.request(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
      responses.push(status === 200 ? text : `${status}`)
    }
    return { responses, log: server.log }
  } finally {
    await server.kill()
  }
}

describe.skipIf(whyNotWithoutProc() !== undefined)('without /proc', () => {
  const PATHS = ['/a.txt', '/in/b.txt', '/linked/b.txt', '/out/secret.txt', '/out.txt', '/none']
  const WARNING = /^\/proc is not mounted: whether a file lies in the root is checked by its name/

  it.each([[[]], [['--workers', '2']], [['--file-access', 'threads']]])(
    'files are served, links are contained, and the log has one warning: %j',
    async (more: string[]) => {
      const folder = new TemporaryFolder({
        'secret.txt': 'secret',
        'root/a.txt': 'a',
        'root/in/b.txt': 'b',
      })
      const root = join(folder.path, 'root')
      symlinkSync('in', join(root, 'linked'))
      symlinkSync('..', join(root, 'out'))
      symlinkSync('../secret.txt', join(root, 'out.txt'))
      try {
        const { responses, log } = await serve([root, ...more], PATHS, { withoutProc: true })
        expect(responses).toEqual(['a', 'b', 'b', '404', '404', '404'])
        expect(log.filter(({ msg }) => WARNING.test(msg))).toHaveLength(1)
      } finally {
        folder.remove()
      }
    },
  )

  it('nothing is logged where links may lead anywhere, or /proc is mounted', async () => {
    const folder = new TemporaryFolder({ 'a.txt': 'a' })
    try {
      const anywhere = [folder.path, '--symlinks', 'anywhere']
      for (const { responses, log } of [
        await serve(anywhere, ['/a.txt'], { withoutProc: true }),
        await serve([folder.path], ['/a.txt']),
      ]) {
        expect(responses).toEqual(['a'])
        expect(log.filter(({ msg }) => WARNING.test(msg))).toEqual([])
      }
    } finally {
      folder.remove()
    }
  })
})

describe.skipIf(process.platform !== 'linux')('files whose size lies', () => {
  it('are 404, in /proc and in /sys', async () => {
    expect(readFileSync('/proc/version', 'utf8')).not.toBe('')
    expect((await serve(['/proc'], ['/version', '/self/status', '/none'])).responses).toEqual([
      '404',
      '404',
      '404',
    ])
    expect((await serve(['/sys/kernel'], ['/uevent_seqnum'])).responses).toEqual(['404'])
  })
})
