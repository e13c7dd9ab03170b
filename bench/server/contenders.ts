import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../root.ts'
import { compile, findBun, findPackage, programPath, versionOf } from './programs.ts'

/** Where a server is to serve, and where it may put what it needs. */
export type Place = { readonly root: string; readonly port: number; readonly work: string }

export type Contender = {
  readonly name: string
  readonly version?: string
  readonly env?: Readonly<Record<string, string>>
  /** Whether its stdout is an access log, which goes to a file then. */
  readonly logs?: boolean
  readonly command: (place: Place) => string[]
}

/** A contender that is here, or why it is not. */
export type Found = Contender | { readonly name: string; readonly missing: string }

export const OURS = 'statewire'

const server = (file: string): string => join(ROOT, 'bench/server/servers', file)
const node = (file: string, { root, port }: Place): string[] => [
  process.execPath,
  server(file),
  root,
  `${port}`,
]

/** All that a table of results may name, in its order; `work` takes what has to be compiled. */
export function findContenders(work: string): Found[] {
  return [
    statewire(OURS, 'shared-buffer', 'off'),
    statewire(`${OURS}, stream`, 'stream', 'off'),
    statewire(`${OURS}, log`, 'shared-buffer', 'combined'),
    nginx('nginx', 'off'),
    nginx('nginx, log', 'access.log combined buffer=64k flush=1s'),
    bun(),
    {
      name: 'node:http',
      version: process.versions.node,
      command: place => node('node-http.mjs', place),
    },
    {
      name: 'raw net',
      version: process.versions.node,
      command: place => node('raw-net.mjs', place),
    },
    ofPackage('sirv', 'sirv', (_, place) => node('sirv.mjs', place)),
    ofPackage('sirv-cli', 'sirv-cli', (bin, { root, port }) => [
      ...[process.execPath, bin, root, '--quiet'],
      ...['--host', '127.0.0.1', '--port', `${port}`],
    ]),
    ofPackage('serve', 'serve', (bin, { root, port }) => [
      ...[
        process.execPath,
        bin,
        root,
        '--no-request-logging',
        '--no-clipboard',
        '--no-port-switching',
      ],
      ...['--listen', `tcp://127.0.0.1:${port}`],
    ]),
    ofPackage('http-server', 'http-server', (bin, { root, port }) => [
      ...[process.execPath, bin, root, '--silent', '-a', '127.0.0.1', '-p', `${port}`],
    ]),
    ofPackage('@fastify/static', '@fastify/static', (_, place) =>
      node('fastify-static.mjs', place),
    ),
    floor(work),
  ]
}

function statewire(name: string, strategy: string, accessLog: string): Found {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  return {
    name,
    version,
    logs: accessLog !== 'off',
    command: ({ root, port }) => [
      ...[
        process.execPath,
        join(ROOT, 'dist/cli.js'),
        root,
        '--port',
        `${port}`,
        '--log-level',
        'error',
      ],
      // As nginx below: new connections are not what is measured.
      ...['--read-strategy', strategy, '--access-log', accessLog, '--requests-max', '1000000000'],
    ],
  }
}

function ofPackage(
  name: string,
  packageName: string,
  command: (bin: string, place: Place) => string[],
): Found {
  const found = findPackage(packageName)
  if (found === undefined) return { name, missing: 'npm ci --prefix bench installs it' }
  const env = { NO_UPDATE_CHECK: '1', NODE_ENV: 'production' }
  return { name, version: found.version, env, command: place => command(found.bin ?? '', place) }
}

function bun(): Found {
  const name = 'Bun'
  const path = findBun()
  if (path === undefined)
    return {
      name,
      missing: 'npm ci --prefix bench installs it where it has a build for the machine',
    }
  return {
    name,
    ...versionField(path, '--version'),
    command: ({ root, port }) => [path, server('bun-static.mjs'), root, `${port}`],
  }
}

function floor(work: string): Found {
  const name = 'C epoll floor'
  const program = process.platform === 'linux' ? compile('servers/floor.c', work) : undefined
  if (program === undefined)
    return { name, missing: 'it needs Linux and a C compiler: apt-get install gcc libc6-dev' }
  return { name, command: ({ port }) => [program, `${port}`] }
}

function nginx(name: string, accessLog: string): Found {
  const path = programPath('nginx')
  if (path === undefined) return { name, missing: 'apt-get install nginx-light' }
  return {
    name,
    ...versionField(path, '-v'),
    command: place => {
      const prefix = join(place.work, `nginx-${place.port}`)
      mkdirSync(prefix, { recursive: true })
      writeFileSync(join(prefix, 'nginx.conf'), nginxConfiguration(place, accessLog))
      return [path, '-p', prefix, '-c', 'nginx.conf', '-e', 'stderr']
    },
  }
}

/** As its own manual tunes it for static files; one worker, since all have one core. */
function nginxConfiguration({ root, port }: Place, accessLog: string): string {
  return `daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
error_log stderr crit;
pid nginx.pid;
events { worker_connections 16384; use epoll; multi_accept on; }
http {
  access_log ${accessLog};
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_requests 1000000000;
  keepalive_timeout 75s;
  open_file_cache max=1000 inactive=60s;
  types { application/json json; }
  default_type application/octet-stream;
  client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    root ${root};
  }
}
`
}

function versionField(path: string, flag: string): { version?: string } {
  const version = versionOf(path, flag)
  return version === undefined ? {} : { version }
}
