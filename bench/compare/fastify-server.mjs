/** @fastify/static as its documentation sets it up, with one page for files that are not found. */
import fastifyStatic from '@fastify/static'
import fastify from 'fastify'

const {
  root,
  port,
  options,
  notFound,
  single,
  fields = {},
  logger = false,
} = JSON.parse(process.argv[2])

const app = fastify({ logger })
app.register(fastifyStatic, {
  ...options,
  root,
  allowedPath: path => !/(^|\/)\.(?!well-known(\/|$))/.test(path),
  setHeaders: (reply, path) => {
    reply.header('X-Content-Type-Options', 'nosniff')
    const isHashed = path.startsWith(`${root}/assets/`)
    reply.header('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    for (const [name, value] of Object.entries(fields)) reply.header(name, value)
  },
})
if (single !== undefined) app.setNotFoundHandler((_, reply) => reply.sendFile(single))
if (notFound !== undefined) app.setNotFoundHandler((_, reply) => reply.code(404).sendFile(notFound))
await app.listen({ port, host: '127.0.0.1' })
