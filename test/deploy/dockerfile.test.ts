import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TemporaryFolder } from '../acceptance/temporary-folder.ts'
import { buildImage, parseDockerfile } from './dockerfile.ts'

const ROOT = join(import.meta.dirname, '../..')
const DOCKERFILE = join(ROOT, 'deploy/Dockerfile')

describe('deploy/Dockerfile', () => {
  it('builds, without a container engine, a folder with everything the server needs', {
    timeout: 120_000,
  }, async ctx => {
    const work = new TemporaryFolder({ 'site/index.html': 'page' })
    ctx.onTestFinished(() => work.remove())
    const image = buildImage(parseDockerfile(DOCKERFILE), ROOT, work.path)
    expect(image.user).toBe('1000:1000')
    expect([image.workdir, image.command]).toEqual(['/app', ['node', 'dist/cli.cjs', '/site']])
    expect(image.env.STATEWIRE_ADDRESS).toBe('0.0.0.0:8080')

    const env = { ...process.env, ...image.env, STATEWIRE_ADDRESS: '127.0.0.1:0' }
    const args = image.command
      .slice(1)
      .map(word => (word === '/site' ? join(work.path, 'site') : word))
    const cwd = join(image.folder, image.workdir)
    const server = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    ctx.onTestFinished(() => void server.kill('SIGKILL'))
    const [line] = await once(server.stderr.setEncoding('utf8'), 'data')
    // Root is warned in a second line.
    const [url] = JSON.parse(line.split('\n')[0]).urls
    expect(await (await fetch(url)).text()).toBe('page')

    const isHealthy = async (): Promise<boolean> => {
      const [program, ...rest] = image.healthcheck.map(word =>
        word.replace('http://127.0.0.1:8080', url),
      )
      expect(program).toBe('node')
      const [code] = await once(spawn(process.execPath, rest, { stdio: 'ignore' }), 'exit')
      return code === 0
    }
    expect(await isHealthy()).toBe(true)
    server.kill('SIGTERM')
    const [code] = await once(server, 'exit')
    expect(code).toBe(0)
    expect(await isHealthy()).toBe(false)
  })

  it('copies only what its ignore file admits to the context', () => {
    const [first, ...allowed] = readFileSync(`${DOCKERFILE}.dockerignore`, 'utf8')
      .trim()
      .split('\n')
    expect(first).toBe('*')
    const copied = parseDockerfile(DOCKERFILE)
      .filter(({ name, flags }) => name === 'COPY' && flags.from === undefined)
      .flatMap(({ words }) => words.slice(0, -1))
    const isIn = (path: string): boolean =>
      allowed.some(line => new RegExp(`^!${path.replace(/^tsconfig.*/, 'tsconfig\\*')}`).test(line))
    expect(copied.filter(path => !isIn(path))).toEqual([])
  })
})
