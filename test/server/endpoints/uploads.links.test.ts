import { readdirSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { NO_RULES } from '../../../src/response/site-rules.ts'
import { systemClock } from '../../../src/server/connection/clock.ts'
import { UploadGate } from '../../../src/server/endpoints/upload-gate.ts'
import { respondUploads } from '../../../src/server/endpoints/uploads.ts'
import type { FileSystem } from '../../../src/server/files/file-system.ts'
import { nodeFileSystem } from '../../../src/server/files/node-file-system.ts'
import type { ServerContext } from '../../../src/server/server-context.ts'
import { parseResponse } from '../../parse-responses.ts'
import { eventually } from '../eventually.ts'
import { configWith, FakeServer, requestOf } from '../fake-server.ts'
import { rootOf } from '../files/root-of.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const MOMENTS = ['while it is opened', 'while the content arrives'] as const

it.each(
  (['inside', 'never', 'anywhere'] as const).flatMap(symlinks =>
    MOMENTS.map(moment => [moment, symlinks] as const),
  ),
)(
  'an upload stays in the folder that was opened, though a link to it is swapped %s, with symlinks: %s',
  async (moment, symlinks) => {
    const folder = temporaryFolder({
      'outside/in/': '',
      'one/in/': '',
      site: { link: 'one' },
      'one/link': { link: 'in' },
    })
    const isNever = symlinks === 'never'
    // With "never", only the root itself may be a link.
    const path = isNever ? 'in/a' : 'link/a'
    const swap = (): void => {
      symlinkSync(isNever ? 'outside' : '../outside/in', join(folder, 'new'))
      renameSync(join(folder, 'new'), join(folder, isNever ? 'site' : 'one/link'))
    }
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      async realpathOf(fd, name) {
        const real = await nodeFileSystem.realpathOf(fd, name)
        if (moment === MOMENTS[0]) swap()
        return real
      },
    }
    const root = await rootOf(join(folder, 'site'), fileSystem, { symlinks })
    const sites = { of: () => ({ root, config: configWith(), rules: NO_RULES }) }
    const context = {
      config: configWith(),
      fileSystem,
      sites,
      clock: systemClock,
      uploads: new UploadGate(1),
    } as unknown as ServerContext
    let responding = Promise.resolve()
    const server = new FakeServer(exchange => {
      responding = respondUploads(exchange, context)
    })
    const transport = server.connect()
    const request = requestOf(
      `PUT /files/${path} HTTP/1.1`,
      ['Host: a', 'Content-Length: 3'],
      'new',
    )
    if (moment === MOMENTS[0]) transport.send(request)
    else {
      transport.send(request.slice(0, -1))
      await eventually(() => expect(readdirSync(join(folder, 'one/in'))).toHaveLength(1))
      swap()
      transport.send(request.slice(-1))
    }
    await eventually(() => {
      // Delivers what was sent while reading was paused.
      transport.pump()
      expect(parseResponse(transport.text).status).toBe(201)
    })
    await responding
    expect([readdirSync(join(folder, 'one/in')), readdirSync(join(folder, 'outside/in'))]).toEqual([
      ['a'],
      [],
    ])
  },
)
