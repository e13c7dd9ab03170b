import { join } from 'node:path'
import type { Contender, Launch, LaunchOptions } from '../contender.ts'
import { packageVersion } from '../package-version.ts'

const CONFIG = {
  headers: [
    {
      source: '**',
      headers: [fieldOf('X-Content-Type-Options', 'nosniff'), fieldOf('Cache-Control', 'no-cache')],
    },
    {
      source: 'assets/**',
      headers: [fieldOf('Cache-Control', 'public, max-age=31536000, immutable')],
    },
  ],
}
const QUIET = '--no-request-logging'

const launch =
  (config: object, ...flags: string[]) =>
  ({ root, port, folder }: LaunchOptions): Launch => ({
    command: 'node',
    args: [
      'node_modules/serve/build/main.js',
      root,
      ...[
        '--listen',
        `tcp://127.0.0.1:${port}`,
        '--no-clipboard',
        '--config',
        join(folder, 'serve.json'),
      ],
      ...flags,
    ],
    files: { 'serve.json': written(config) },
  })

const site = launch(CONFIG, QUIET)

export const serve: Contender = {
  name: 'serve',
  version: () => packageVersion('serve'),
  installCommand: 'npm ci',
  profiles: {
    site,
    slash: launch({ trailingSlash: true, ...CONFIG }, QUIET),
    // The flag --single would serve the page for missing scripts too.
    single: launch(
      { rewrites: [{ source: '!**/*.*', destination: '/index.html' }], ...CONFIG },
      QUIET,
    ),
    list: site,
    json: site,
    log: launch(CONFIG),
    cors: launch(CONFIG, QUIET, '--cors'),
    change: site,
  },
}

function fieldOf(key: string, value: string): object {
  return { key, value }
}

/** JSON with one line per option, so that the document can show differences. */
function written(config: object): string {
  const lines = Object.entries(config).map(([key, value]) => `  "${key}": ${JSON.stringify(value)}`)
  return `{\n${lines.join(',\n')}\n}\n`
}
