import type { Contender, Launch, LaunchOptions } from '../contender.ts'
import { packageVersion } from '../package-version.ts'

const launch =
  (...flags: string[]) =>
  ({ root, port }: LaunchOptions): Launch => ({
    command: 'node',
    args: [
      'node_modules/http-server/bin/http-server',
      root,
      ...[
        '-a',
        '127.0.0.1',
        '-p',
        `${port}`,
        '-e',
        'html',
        '-g',
        '-b',
        '-c0',
        '--no-dotfiles',
        ...flags,
      ],
    ],
  })

const site = launch('--silent')

export const httpServer: Contender = {
  name: 'http-server',
  version: () => packageVersion('http-server'),
  installCommand: 'npm ci',
  profiles: {
    site,
    slash: site,
    // As its documentation advises: the server is its own proxy.
    single: options => launch('--silent', '--proxy', `http://127.0.0.1:${options.port}?`)(options),
    list: site,
    json: 'its listing is HTML only',
    log: launch('--log-ip'),
    cors: launch('--silent', '--cors'),
    change: site,
  },
}
