// The application that the servers for handlers of the Web run.
import { Hono } from 'hono'

export const app = new Hono()
app.get('/api/users/:id', context => context.json({ id: context.req.param('id'), name: 'A name' }))
