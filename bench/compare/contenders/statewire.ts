import { existsSync, readFileSync } from 'node:fs'
import type { Contender, Launch, LaunchOptions } from '../contender.ts'

const SCRIPT = 'dist/cli.cjs'

const launch =
  (...flags: string[]) =>
  ({ root, port }: LaunchOptions): Launch => ({
    command: 'node',
    args: [SCRIPT, root, '--port', `${port}`, ...flags],
  })

const site = launch()
const list = launch('--list')

export const statewire: Contender = {
  name: 'statewire',
  version: () =>
    existsSync(SCRIPT) ? JSON.parse(readFileSync('package.json', 'utf8')).version : undefined,
  installCommand: 'npm run build',
  profiles: {
    site,
    slash: site,
    single: launch('--single'),
    list,
    json: list,
    log: launch('--access-log', 'combined'),
    cors: launch('--cors'),
    change: site,
  },
}
