import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LaunchOptions } from './contender.ts'

export type CaddyOptions = {
  /** Whether missing paths get the index page of the root. */
  readonly isSingle: boolean
}

/** Writes Caddy's configuration and returns the command that runs it in the foreground. */
export function caddyCommand(path: string, options: LaunchOptions, caddy: CaddyOptions): string[] {
  const folder = join(options.workFolder, `caddy-${options.port}`)
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'caddy.json')
  writeFileSync(file, JSON.stringify(configuration(options, folder, caddy)))
  return [path, 'run', '--config', file]
}

/** Without logs, TLS, administration or files outside of the benchmark's folder. */
function configuration(
  { root, port }: LaunchOptions,
  folder: string,
  { isSingle }: CaddyOptions,
): unknown {
  const rewrite = {
    match: [{ file: { root, try_files: ['{http.request.uri.path}', '/index.html'] } }],
    handle: [{ handler: 'rewrite', uri: '{http.matchers.file.relative}' }],
  }
  const serve = { handle: [{ handler: 'file_server', root }] }
  const site = {
    listen: [`127.0.0.1:${port}`],
    automatic_https: { disable: true },
    routes: isSingle ? [rewrite, serve] : [serve],
  }
  return {
    admin: { disabled: true, config: { persist: false } },
    logging: { logs: { default: { level: 'ERROR' } } },
    storage: { module: 'file_system', root: folder },
    apps: { http: { servers: { site } } },
  }
}
