import type { Contender, Launch, LaunchOptions } from '../contender.ts'
import { packageVersion } from '../package-version.ts'

const launch =
  (...flags: string[]) =>
  ({ root, port }: LaunchOptions): Launch => ({
    command: 'node',
    args: [
      'node_modules/sirv-cli/bin.js',
      root,
      ...['--host', '127.0.0.1', '--port', `${port}`, '--etag', '--maxage', '0', ...flags],
    ],
  })

const site = launch('--quiet')

export const sirv: Contender = {
  name: 'sirv',
  version: () => packageVersion('sirv-cli'),
  remark: 'The command is sirv-cli.',
  installCommand: 'npm ci',
  profiles: {
    site,
    slash: site,
    single: launch('--quiet', '--single'),
    list: 'it has no listing',
    json: 'it has no listing',
    log: launch(),
    cors: launch('--quiet', '--cors'),
    change: launch('--quiet', '--dev'),
  },
}
