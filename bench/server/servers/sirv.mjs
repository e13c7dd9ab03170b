// sirv on node:http, as its readme sets it up for production. Usage: sirv.mjs ROOT PORT [single]
import { createServer } from 'node:http'
import sirv from 'sirv'

const [root, port, single] = process.argv.slice(2)
const serve = sirv(root, { etag: true, single: single !== undefined })
createServer((request, response) => serve(request, response)).listen(Number(port), '127.0.0.1')
