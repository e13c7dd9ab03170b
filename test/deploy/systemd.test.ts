import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TemporaryFolder } from '../acceptance/temporary-folder.ts'

const DEPLOY = join(import.meta.dirname, '../../deploy')
const UNITS = ['statewire.service', 'statewire.socket']
const isInstalled = spawnSync('sh', ['-c', 'command -v systemd-analyze']).status === 0

/** On the scale of systemd-analyze: 0 is the safest, 10 is a service without restrictions. */
const EXPOSURE_MAX = 2

// scripts/test-tools.sh installs systemd-analyze, which works without a running systemd.
describe.skipIf(!isInstalled)(
  'the units in deploy, checked by systemd-analyze (skipped if it is not installed)',
  () => {
    it('are valid', ctx => {
      const read = (name: string): string => readFileSync(join(DEPLOY, name), 'utf8')
      // systemd-analyze checks that the program exists, so use the path of this machine's Node.
      const files = UNITS.map(name => [
        name,
        read(name).replaceAll('/usr/bin/node', process.execPath),
      ])
      const folder = new TemporaryFolder(Object.fromEntries(files))
      ctx.onTestFinished(() => folder.remove())
      const paths = UNITS.map(name => join(folder.path, name))
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...paths], {
        encoding: 'utf8',
      })
      expect([status, stderr]).toEqual([0, ''])
    })

    it('expose little of the machine', () => {
      const args = ['security', '--offline=true', `--threshold=${EXPOSURE_MAX * 10}`, '--no-pager']
      const { status, stdout } = spawnSync('systemd-analyze', [...args, join(DEPLOY, UNITS[0]!)], {
        encoding: 'utf8',
      })
      expect(stdout).toMatch(/Overall exposure level for statewire\.service: [01]\.\d OK/)
      expect(status).toBe(0)
    })
  },
)
