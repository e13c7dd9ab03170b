import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Command, ROOT_WARNING, RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

/** Debian's user with the fewest rights. */
const USER = 'nobody'
const UID = 65534

const isRoot = process.getuid?.() === 0
const hasUser = existsSync('/etc/passwd') && /^nobody:/m.test(readFileSync('/etc/passwd', 'utf8'))

function prepare(toml = ''): TemporaryFolder {
  const folder = new TemporaryFolder({
    'site/a.txt': 'a',
    'site/secret.txt': 'of root',
    'new/a.txt': 'new',
    'statewire.toml': toml,
  })
  onTestFinished(() => folder.remove())
  chmodSync(folder.path, 0o755)
  chmodSync(join(folder.path, 'site/secret.txt'), 0o600)
  // Only root may read it.
  chmodSync(join(folder.path, 'statewire.toml'), 0o600)
  return folder
}

async function start(folder: TemporaryFolder, ...flags: string[]): Promise<RunningServer> {
  const args = ['--linger-timeout-ms=100', '--drain-idle-ms=0', ...flags]
  const server = await RunningServer.start(args, { cwd: folder.path })
  onTestFinished(() => server.kill())
  return server
}

/** Real, effective, saved and file system id, and the groups. */
function idsOf(pid: number): Record<string, number[]> {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  return Object.fromEntries(
    Array.from(status.matchAll(/^(Uid|Gid|Groups):(.*)$/gm), ([, name, ids]) => [
      name!,
      ids!.trim().split(/\s+/).filter(Boolean).map(Number),
    ]),
  )
}

const CLOSE = { headers: { connection: 'close' } }
const textOf = async (url: string): Promise<string> => (await fetch(url, CLOSE)).text()
const ALL = [UID, UID, UID, UID]

describe.skipIf(!isRoot || !hasUser || process.platform !== 'linux')('--user', () => {
  it.each([1, 2])('is the user of all processes that serve, with --workers %d', async workers => {
    const folder = prepare('root = "site"\nuser = "nobody"\n')
    const server = await start(folder, `--workers=${workers}`)
    const before = server.workerPids
    expect(before).toHaveLength(workers)
    for (const pid of before) {
      const { Uid, Gid, Groups } = idsOf(pid)
      expect([Uid, Gid]).toEqual([ALL, ALL])
      expect(Groups).toEqual([UID])
    }
    expect(idsOf(server.pid).Uid).toEqual([0, 0, 0, 0])
    expect(await textOf(`${server.url}/a.txt`)).toBe('a')
    expect((await fetch(`${server.url}/secret.txt`, CLOSE)).status).toBe(403)

    // The primary still reads what only root may, and so do the workers of the next reload serve.
    folder.write('statewire.toml', 'root = "new"\nuser = "65534"\n')
    server.signal('SIGHUP')
    await server.logged(/^reloaded$/)
    expect(await textOf(`${server.url}/a.txt`)).toBe('new')
    await expect
      .poll(() => server.workerPids.filter(pid => before.includes(pid)), { timeout: 5000 })
      .toEqual([])
    for (const pid of server.workerPids) expect(idsOf(pid).Uid).toEqual(ALL)
    // A worker that replaces a dead one is that user too.
    process.kill(server.workerPids[0]!, 'SIGKILL')
    await server.logged(/died/)
    await expect.poll(() => server.workerPids.length, { timeout: 5000 }).toBe(workers)
    await expect
      .poll(() => textOf(`${server.url}/a.txt`).catch(() => ''), { timeout: 5000 })
      .toBe('new')
    await expect
      .poll(() => server.workerPids.map(pid => idsOf(pid).Uid), { timeout: 5000 })
      .toEqual(server.workerPids.map(() => ALL))
    expect(await server.stop()).toBe(0)
  })

  it('keeps the logs, and UNIX sockets, which the primary makes', async () => {
    const folder = prepare()
    const socket = join(folder.path, 'site.sock')
    const flags = [`--address=unix:${socket}`, `--user=${USER}`, '--access-log=json']
    const command = new Command(['site', ...flags], { cwd: folder.path })
    onTestFinished(() => command.kill())
    await command.logged(/^listening$/)
    expect(statSync(socket).mode & 0o777).toBe(0o600)
    expect(await command.stop()).toBe(0)
    expect(existsSync(socket)).toBe(false)
  })

  it('is refused if there is no such user, or at a reload without a primary process', async () => {
    const folder = prepare()
    const { code, stderr } = await Command.run(['site', '--user=nobody-here', '--port=0'], {
      cwd: folder.path,
    })
    expect([code, stderr]).toEqual([1, 'statewire: user nobody-here: there is no such user\n'])
    const server = await start(folder, '--data-dir=site')
    folder.write('statewire.toml', 'user = "nobody"\n')
    server.signal('SIGHUP')
    expect((await server.logged(/^not reloaded/)).msg).toBe(
      'not reloaded: user nobody: this needs a restart',
    )
    expect(await textOf(`${server.url}/a.txt`)).toBe('a')
  })

  it('is suggested to a server that runs as root without it', async () => {
    const warnings = ({ stderr }: Command): number => stderr.split(ROOT_WARNING).length - 1
    const folder = prepare()
    const server = await start(folder, '--data-dir=site')
    await server.until(() => warnings(server) > 0, 'no warning')
    expect(await server.stop()).toBe(0)
    expect(warnings(server)).toBe(1)
    const other = await start(folder, '--data-dir=site', '--user=nobody')
    expect(await other.stop()).toBe(0)
    expect(warnings(other)).toBe(0)
  })

  it('cannot be changed by others than root', () => {
    const folder = prepare()
    chownSync(join(folder.path, 'statewire.toml'), UID, UID)
    const node = process.execPath
    const command = ['setpriv', `--reuid=${UID}`, `--regid=${UID}`, '--clear-groups', '--', node]
    const cli = join(import.meta.dirname, '../../dist/cli.cjs')
    const [program, ...args] = [...command, cli, 'site', '--user=daemon', '--port=0']
    const { status, stderr, error } = spawnSync(program!, args, {
      cwd: folder.path,
      encoding: 'utf8',
    })
    expect(error).toBeUndefined()
    expect([status, stderr]).toEqual([
      1,
      'statewire: user daemon: only root can change to another user; start the server as root\n',
    ])
  })
})
