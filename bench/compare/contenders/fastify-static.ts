import type { Contender, Launch, LaunchOptions } from '../contender.ts'
import { packageVersion } from '../package-version.ts'

const OPTIONS = { preCompressed: true, extensions: ['html'], redirect: true, cacheControl: false }

const launch =
  (options: object, more: object = { notFound: '404.html' }) =>
  ({ root, port }: LaunchOptions): Launch => ({
    command: 'node',
    args: ['bench/compare/fastify-server.mjs', JSON.stringify({ root, port, options, ...more })],
  })

const site = launch(OPTIONS)

export const fastifyStatic: Contender = {
  name: '@fastify/static',
  version: () => packageVersion('@fastify/static', 'bench'),
  remark:
    'With options of the plugin, and one page for files that are not found. Its functions `setHeaders` and `allowedPath` set fields and refuse dotfiles: see `bench/compare/fastify-server.mjs`.',
  installCommand: 'npm ci --prefix bench',
  profiles: {
    site,
    slash: site,
    single: launch(OPTIONS, { single: 'index.html' }),
    list: 'a listing as HTML needs a function that the user writes',
    json: launch({ ...OPTIONS, dotfiles: 'ignore', list: { format: 'json', names: ['/'] } }),
    log: launch(OPTIONS, { logger: true }),
    cors: launch(OPTIONS, { fields: { 'Access-Control-Allow-Origin': '*' } }),
    change: site,
  },
}
