import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TemporaryFolder } from '../acceptance/temporary-folder.ts'

const CONFIG = join(import.meta.dirname, '../../deploy/haproxy.cfg')
const isInstalled = spawnSync('sh', ['-c', 'command -v haproxy']).status === 0

/** scripts/test-tools.sh installs HAProxy. */
describe.skipIf(!isInstalled)(
  'deploy/haproxy.cfg, checked by HAProxy (skipped if it is not installed)',
  () => {
    it('is valid, without a warning', () => {
      const { status, stderr } = spawnSync('haproxy', ['-c', '-q', '-f', CONFIG], {
        encoding: 'utf8',
      })
      expect([status, stderr]).toEqual([0, ''])
    })

    it('is valid with its alternative line for the PROXY protocol', ctx => {
      const text = readFileSync(CONFIG, 'utf8').replace(
        /^ {4}# {3}(default-server send-proxy-v2)/m,
        '    $1',
      )
      expect(text).toMatch(/^ {4}default-server send-proxy-v2 check-send-proxy$/m)
      const folder = new TemporaryFolder({ 'haproxy.cfg': text })
      ctx.onTestFinished(() => folder.remove())
      execFileSync('haproxy', ['-c', '-q', '-f', join(folder.path, 'haproxy.cfg')])
    })
  },
)
