import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../root.ts'
import { type CaddyOptions, caddyCommand } from './caddy.ts'
import type { FoundContender, LaunchOptions } from './contender.ts'
import { type NginxOptions, nginxCommand } from './nginx.ts'
import { findBun, findPackage } from './packages.ts'
import { compile, programPath, versionOf } from './programs.ts'

export const OURS = 'statewire'

const server = (file: string): string => join(ROOT, 'bench/server/servers', file)
const node = (file: string, { root, port }: LaunchOptions): string[] => [
  process.execPath,
  server(file),
  root,
  `${port}`,
]

/** Returns every contender. Programs that have to be compiled go into `workFolder`. */
export function findContenders(workFolder: string): FoundContender[] {
  return [
    statewire(OURS),
    statewire(`${OURS}, stream`, { flags: ['--read-strategy', 'stream'] }),
    statewire(`${OURS}, log`, { accessLog: 'combined' }),
    statewire(`${OURS}, 1 GiB`, { flags: ['--memory-bytes-max', '1GiB'] }),
    statewire(`${OURS}, single`, { flags: ['--single'] }),
    statewire(`${OURS}, list`, { flags: ['--list'] }),
    nginx('nginx', {}),
    nginx('nginx, log', { accessLog: 'access.log combined buffer=64k flush=1s' }),
    nginx('nginx, try_files', { directives: 'location / { try_files $uri /index.html; }' }),
    nginx('nginx, tcp_nopush off', { tcpNopush: 'off' }),
    nginx('nginx, autoindex', { directives: 'autoindex on;' }),
    bun(),
    caddy('Caddy', { isSingle: false }),
    caddy('Caddy, try_files', { isSingle: true }),
    {
      name: 'node:http',
      version: process.versions.node,
      command: options => node('node-http.mjs', options),
    },
    {
      name: 'raw net',
      version: process.versions.node,
      command: options => node('raw-net.mjs', options),
    },
    ofPackage('sirv', 'sirv', (_, options) => node('sirv.mjs', options)),
    ofPackage('sirv, single', 'sirv', (_, options) => [...node('sirv.mjs', options), 'single']),
    ofPackage('sirv-cli', 'sirv-cli', (bin, { root, port }) => [
      ...[process.execPath, bin, root, '--quiet'],
      ...['--host', '127.0.0.1', '--port', `${port}`],
    ]),
    ofPackage('serve', 'serve', (bin, { root, port }) => [
      ...[process.execPath, bin, root],
      ...['--no-request-logging', '--no-clipboard', '--no-port-switching'],
      ...['--listen', `tcp://127.0.0.1:${port}`],
    ]),
    ofPackage('http-server', 'http-server', (bin, { root, port }) => [
      ...[process.execPath, bin, root, '--silent', '-a', '127.0.0.1', '-p', `${port}`],
    ]),
    ofPackage('@fastify/static', '@fastify/static', (_, options) =>
      node('fastify-static.mjs', options),
    ),
    ofPackage('statewire, Hono', 'hono', (_, options) => node('hono-statewire.mjs', options)),
    ofPackage('@hono/node-server', '@hono/node-server', (_, options) =>
      node('hono-node-server.mjs', options),
    ),
    floor(workFolder),
  ]
}

type OurOptions = { readonly accessLog?: string; readonly flags?: readonly string[] }

function statewire(
  name: string,
  { accessLog = 'off', flags = [] }: OurOptions = {},
): FoundContender {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  return {
    name,
    version,
    logs: accessLog !== 'off',
    command: ({ root, port }) => [
      ...[process.execPath, join(ROOT, 'dist/cli.cjs'), root, '--port', `${port}`],
      ...['--log-level', 'error', '--access-log', accessLog, ...flags],
      // As for nginx: connections are never closed, because opening new ones is not measured.
      ...['--requests-max', '1000000000'],
    ],
  }
}

function ofPackage(
  name: string,
  packageName: string,
  command: (bin: string, options: LaunchOptions) => string[],
): FoundContender {
  const found = findPackage(packageName)
  if (found === undefined) return { name, missing: 'npm ci --prefix bench installs it' }
  const env = { NO_UPDATE_CHECK: '1', NODE_ENV: 'production' }
  return {
    name,
    version: found.version,
    env,
    command: options => command(found.bin ?? '', options),
  }
}

function bun(): FoundContender {
  const name = 'Bun'
  const path = findBun()
  if (path === undefined)
    return { name, missing: 'npm ci --prefix bench installs it, if it has a build for the machine' }
  return {
    name,
    ...versionField(path, '--version'),
    command: ({ root, port }) => [path, server('bun-static.mjs'), root, `${port}`],
  }
}

function floor(workFolder: string): FoundContender {
  const name = 'C epoll floor'
  const program = process.platform === 'linux' ? compile('servers/floor.c', workFolder) : undefined
  if (program === undefined)
    return { name, missing: 'it needs Linux and a C compiler: apt-get install gcc libc6-dev' }
  return { name, command: ({ port }) => [program, `${port}`] }
}

function nginx(name: string, nginxOptions: NginxOptions): FoundContender {
  const path = programPath('nginx')
  if (path === undefined) return { name, missing: 'apt-get install nginx-light' }
  return {
    name,
    ...versionField(path, '-v'),
    command: options => nginxCommand(path, options, nginxOptions),
  }
}

function caddy(name: string, caddyOptions: CaddyOptions): FoundContender {
  const path = programPath('caddy')
  if (path === undefined) return { name, missing: 'apt-get install caddy' }
  return {
    name,
    ...versionField(path, 'version'),
    command: options => caddyCommand(path, options, caddyOptions),
  }
}

function versionField(path: string, flag: string): { version?: string } {
  const version = versionOf(path, flag)
  return version === undefined ? {} : { version }
}
