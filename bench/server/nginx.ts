import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LaunchOptions } from './contender.ts'

export type NginxOptions = {
  /** The argument of access_log; `off` by default. */
  readonly accessLog?: string
  /** Whether a response begins with a full segment, which delays short ones; on by default. */
  readonly tcpNopush?: 'on' | 'off'
  /** Directives for the server. */
  readonly directives?: string
}

/** Writes nginx's configuration and returns the command that starts it in the foreground. */
export function nginxCommand(path: string, options: LaunchOptions, nginx: NginxOptions): string[] {
  const prefix = join(options.workFolder, `nginx-${options.port}`)
  mkdirSync(prefix, { recursive: true })
  writeFileSync(join(prefix, 'nginx.conf'), configuration(options, nginx))
  return [path, '-p', prefix, '-c', 'nginx.conf', '-e', 'stderr']
}

/** Tuned for static files as nginx's manual advises. One worker: every contender has one core. */
function configuration(
  { root, port }: LaunchOptions,
  { accessLog = 'off', tcpNopush = 'on', directives = '' }: NginxOptions,
): string {
  return `daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
error_log stderr crit;
pid nginx.pid;
events { worker_connections 16384; use epoll; multi_accept on; }
http {
  access_log ${accessLog};
  sendfile on;
  tcp_nopush ${tcpNopush};
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
    ${directives}
  }
}
`
}
