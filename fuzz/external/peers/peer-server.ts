import { existsSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A server from npm, and how to start it. */
export type PeerServer = {
  /** The name of the package. */
  readonly name: string
  readonly script: string
  /** Whether it parses requests with node:http. */
  readonly usesNodeHttp: boolean
  readonly args: (site: string, port: number) => string[]
}

export const PEERS: readonly PeerServer[] = [
  {
    name: 'sirv',
    script: 'sirv-cli/bin.js',
    usesNodeHttp: true,
    args: (site, port) => [site, '--host', '127.0.0.1', '--port', `${port}`, '--quiet'],
  },
  {
    name: 'serve',
    script: 'serve/build/main.js',
    usesNodeHttp: true,
    args: (site, port) => [
      site,
      '--listen',
      `tcp://127.0.0.1:${port}`,
      '--no-request-logging',
      '--no-clipboard',
    ],
  },
  {
    name: 'http-server',
    script: 'http-server/bin/http-server',
    usesNodeHttp: true,
    args: (site, port) => [site, '-a', '127.0.0.1', '-p', `${port}`, '--silent'],
  },
  {
    name: 'http-parser-js',
    script: fileURLToPath(new URL('parser-server.js', import.meta.url)),
    usesNodeHttp: false,
    args: (site, port) => [site, `${port}`],
  },
]

/** Returns the installed version of a peer. */
export function versionOf(peer: PeerServer): string {
  return JSON.parse(readFileSync(installed(`${peer.name}/package.json`), 'utf8')).version
}

/** Returns the path of a file of an installed package; an absolute path is returned unchanged. */
export function installed(file: string): string {
  if (isAbsolute(file)) return file
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'node_modules', file))) {
    if (folder === dirname(folder)) throw new Error(`${file} is not installed`)
    folder = dirname(folder)
  }
  return join(folder, 'node_modules', file)
}
