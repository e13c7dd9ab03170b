import type { Contender, Launch, Where } from '../contender.ts'
import { packageVersion } from '../package-version.ts'

const OPTIONS = { preCompressed: true, extensions: ['html'], redirect: true, cacheControl: false }

const launch =
  (options: object, more: object = { notFound: '404.html' }) =>
  ({ root, port }: Where): Launch => ({
    command: 'node',
    args: ['bench/compare/fastify-server.mjs', JSON.stringify({ root, port, options, ...more })],
  })

const site = launch(OPTIONS)

export const fastifyStatic: Contender = {
  name: '@fastify/static',
  version: () => packageVersion('@fastify/static', 'bench'),
  remark:
    'Options of the plugin, and one page for what is not found. Fields are set, and dotfiles refused, by its functions `setHeaders` and `allowedPath`: see `bench/compare/fastify-server.mjs`.',
  howToGet: 'npm ci --prefix bench',
  profiles: {
    site,
    slash: site,
    single: launch(OPTIONS, { single: 'index.html' }),
    list: 'its listing as HTML is a function of one’s own',
    json: launch({ ...OPTIONS, dotfiles: 'ignore', list: { format: 'json', names: ['/'] } }),
    log: launch(OPTIONS, { logger: true }),
    cors: launch(OPTIONS, { fields: { 'Access-Control-Allow-Origin': '*' } }),
    change: site,
  },
}
