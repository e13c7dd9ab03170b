// Generated from settings-table.ts by `npx vitest run test/docs.test.ts -u`; do not edit.

import type { Address } from './address.ts'

/** The settings of the server. Each is optional. */
export interface ServeSettings {
  /**
   * Folder to serve, relative to the working folder or to the TOML file. The name of a folder, such
   * as dist.
   *
   * @default '.'
   */
  readonly root?: string | undefined

  /**
   * Index files of a folder, in order of preference. Each is a file name without a folder, such as
   * index.html.
   *
   * @default ['index.html']
   */
  readonly indexFiles?: readonly string[] | undefined

  /**
   * Serve about.html at /about, and redirect /about.html and /index.html.
   *
   * @default true
   */
  readonly cleanUrls?: boolean | undefined

  /**
   * Single-page application: serve this file for navigations to missing paths. The name of a file
   * below the root, such as index.html.
   *
   * @default undefined
   */
  readonly single?: string | undefined

  /**
   * List the contents of folders that have no index file.
   *
   * @default false
   */
  readonly list?: boolean | undefined

  /**
   * Follow symbolic links to targets inside the root, never, or anywhere. One of inside, never,
   * anywhere.
   *
   * @default 'inside'
   */
  readonly symlinks?: 'inside' | 'never' | 'anywhere' | undefined

  /**
   * For an unknown Host: serve the default root, or refuse the request with 421. One of default,
   * refuse.
   *
   * @default 'default'
   */
  readonly unknownHosts?: 'default' | 'refuse' | undefined

  /**
   * Endpoints to enable in addition to the static files. One or more of echo, user-agent, sleep,
   * files.
   *
   * @default []
   */
  readonly endpoints?: readonly ('echo' | 'user-agent' | 'sleep' | 'files')[] | undefined

  /**
   * Delay of the /sleep endpoint. A duration from 0ms to 24h, such as 500ms, 30s or 2m; a number is
   * in milliseconds.
   *
   * @default '10s'
   */
  readonly sleepMs?: number | string | undefined

  /**
   * max-age of all files; if unset, a year for hashed names, else no-cache. A whole number from 0
   * to 31536000, such as 3600.
   *
   * @default undefined
   */
  readonly cacheSeconds?: number | undefined

  /**
   * Compute the ETag of files too large for memory from metadata, or from content. One of auto,
   * content.
   *
   * @default 'auto'
   */
  readonly etag?: 'auto' | 'content' | undefined

  /**
   * Files to compress at the same time; 0 disables compression. A whole number from 0 to 64, such
   * as 2.
   *
   * @default 1
   */
  readonly compressionsMax?: number | undefined

  /**
   * Memory for cached files and their compressed versions. A size from 0B to 64GiB, such as 4096,
   * 64KiB or 1MiB; a number is in bytes.
   *
   * @default '64MiB'
   */
  readonly memoryBytesMax?: number | string | undefined

  /**
   * Largest file to cache in memory. A size from 0B to 1GiB, such as 4096, 64KiB or 1MiB; a number
   * is in bytes.
   *
   * @default '1MiB'
   */
  readonly memoryFileBytesMax?: number | string | undefined

  /**
   * How long a change on the disk may go unnoticed. A duration from 0ms to 24h, such as 500ms, 30s
   * or 2m; a number is in milliseconds.
   *
   * @default '1s'
   */
  readonly revalidateMs?: number | string | undefined

  /**
   * Origins whose pages may read responses; * for all. Each is * or an origin, such as
   * https://app.example or http://localhost:3000.
   *
   * @default undefined
   */
  readonly cors?: readonly string[] | undefined

  /**
   * Send Referrer-Policy and X-Frame-Options.
   *
   * @default false
   */
  readonly securityHeaders?: boolean | undefined

  /**
   * Content-Security-Policy header of all responses. A header value, such as default-src 'self'.
   *
   * @default undefined
   */
  readonly contentSecurityPolicy?: string | undefined

  /**
   * Largest upload to /files/. A size from 0B to 1024GiB, such as 4096, 64KiB or 1MiB; a number is
   * in bytes.
   *
   * @default '64MiB'
   */
  readonly uploadBytesMax?: number | string | undefined

  /**
   * What to do with an upload whose file name exists. One of replace, refuse, rename.
   *
   * @default 'replace'
   */
  readonly uploadConflict?: 'replace' | 'refuse' | 'rename' | undefined

  /**
   * Listen on these, not on `host` and `port`: HOST:PORT, unix:/PATH[?mode=660], fd:N. Each is
   * HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:80; or
   * unix:/run/site.sock?mode=660; or fd:3.
   *
   * @default [{ host, port }]
   */
  readonly listeners?: readonly (Address | string)[] | undefined

  /**
   * Host to listen on. An IP address or a host name, such as 127.0.0.1, ::1 or localhost.
   *
   * @default '127.0.0.1'
   */
  readonly host?: string | undefined

  /**
   * Port to listen on; 0 picks a free port. A whole number from 0 to 65535, such as 8080.
   *
   * @default 4221
   */
  readonly port?: number | undefined

  /**
   * Worker processes; 1 serves from the main process. A whole number from 1 to 256, such as 4.
   *
   * @default 1
   */
  readonly workers?: number | undefined

  /**
   * Open connections per process. A whole number from 1 to 2147483647, such as 10000.
   *
   * @default soft limit of open files minus 128, or fewer if it is low
   */
  readonly connectionsMax?: number | undefined

  /**
   * Open connections per process from one IP address or IPv6 /64; 0 for no limit. A whole number
   * from 0 to 2147483647, such as 100.
   *
   * @default 0
   */
  readonly connectionsPerAddressMax?: number | undefined

  /**
   * How the server reads from sockets. One of shared-buffer, stream.
   *
   * @default 'shared-buffer'
   */
  readonly readStrategy?: 'shared-buffer' | 'stream' | undefined

  /**
   * Balancers that send a PROXY header first, such as 10.0.0.0/8 or unix. Each is an IP address, a
   * network such as 10.0.0.0/8 or fd00::/8, or unix.
   *
   * @default []
   */
  readonly proxyProtocolFrom?: readonly string[] | undefined

  /**
   * Proxies whose `forwardedField` is trusted, such as 10.0.0.0/8. Each is an IP address, a network
   * such as 10.0.0.0/8 or fd00::/8, or unix.
   *
   * @default []
   */
  readonly trustedProxies?: readonly string[] | undefined

  /**
   * Header in which trusted proxies send the client address. One of x-forwarded-for, forwarded.
   *
   * @default 'x-forwarded-for'
   */
  readonly forwardedField?: 'x-forwarded-for' | 'forwarded' | undefined

  /**
   * Serve /-/live and /-/ready; /-/ready responds with 503 during shutdown.
   *
   * @default true
   */
  readonly health?: boolean | undefined

  /**
   * Format of the access log on stdout. One of combined, json, off.
   *
   * @default 'off'
   */
  readonly accessLog?: 'combined' | 'json' | 'off' | undefined

  /**
   * Minimum level of log messages on stderr. One of debug, info, warn, error, silent.
   *
   * @default 'info'
   */
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error' | 'silent' | undefined

  /**
   * Time to receive a whole request head. A duration from 1ms to 24h, such as 500ms, 30s or 2m; a
   * number is in milliseconds.
   *
   * @default '10s'
   */
  readonly headTimeoutMs?: number | string | undefined

  /**
   * Time a request body may be below the minimum rate. A duration from 1ms to 24h, such as 500ms,
   * 30s or 2m; a number is in milliseconds.
   *
   * @default '30s'
   */
  readonly contentTimeoutMs?: number | string | undefined

  /**
   * Minimum rate of a request body, in bytes per second; 0 for none. A size from 0B to 1GiB, such
   * as 4096, 64KiB or 1MiB; a number is in bytes.
   *
   * @default '500B'
   */
  readonly contentBytesPerSecondMin?: number | string | undefined

  /**
   * Time for an endpoint other than /sleep to begin its response; 0 for no limit. A duration from
   * 0ms to 24h, such as 500ms, 30s or 2m; a number is in milliseconds.
   *
   * @default '60s'
   */
  readonly handlerTimeoutMs?: number | string | undefined

  /**
   * Time a client may read below the minimum rate; 10 times that after fast reads. A duration from
   * 1ms to 24h, such as 500ms, 30s or 2m; a number is in milliseconds.
   *
   * @default '30s'
   */
  readonly writeTimeoutMs?: number | string | undefined

  /**
   * Minimum rate at which a client reads, in bytes per second; 0 for none. A size from 0B to 1GiB,
   * such as 4096, 64KiB or 1MiB; a number is in bytes.
   *
   * @default '500B'
   */
  readonly writeBytesPerSecondMin?: number | string | undefined

  /**
   * Time to wait for the next request on an open connection. A duration from 1ms to 24h, such as
   * 500ms, 30s or 2m; a number is in milliseconds.
   *
   * @default '75s'
   */
  readonly idleTimeoutMs?: number | string | undefined

  /**
   * Time for a client to close its connection after the last response. A duration from 0ms to 24h,
   * such as 500ms, 30s or 2m; a number is in milliseconds.
   *
   * @default '2s'
   */
  readonly lingerTimeoutMs?: number | string | undefined

  /**
   * Time for requests in flight to finish at shutdown. A duration from 0ms to 24h, such as 500ms,
   * 30s or 2m; a number is in milliseconds.
   *
   * @default '30s'
   */
  readonly drainTimeoutMs?: number | string | undefined

  /**
   * Time for one last request on an idle connection at shutdown. A duration from 0ms to 24h, such
   * as 500ms, 30s or 2m; a number is in milliseconds.
   *
   * @default '500ms'
   */
  readonly drainIdleMs?: number | string | undefined

  /**
   * Delay before the listeners close at shutdown, so that balancers can notice. A duration from 0ms
   * to 24h, such as 500ms, 30s or 2m; a number is in milliseconds.
   *
   * @default '0ms'
   */
  readonly drainDelayMs?: number | string | undefined

  /**
   * How long the server goes on while no worker listens; then it exits with code 1. A duration from
   * 0ms to 24h, such as 500ms, 30s or 2m; a number is in milliseconds.
   *
   * @default '30s'
   */
  readonly workersTimeoutMs?: number | string | undefined

  /**
   * Requests per connection. A whole number from 1 to 2147483647, such as 1000.
   *
   * @default 10000
   */
  readonly requestsMax?: number | undefined

  /**
   * Longest request line. A size from 1B to 1MiB, such as 4096, 64KiB or 1MiB; a number is in
   * bytes.
   *
   * @default '8KiB'
   */
  readonly requestLineBytesMax?: number | string | undefined

  /**
   * Longest method. A size from 1B to 1KiB, such as 32B; a number is in bytes.
   *
   * @default '32B'
   */
  readonly methodBytesMax?: number | string | undefined

  /**
   * Longest header line. A size from 1B to 1MiB, such as 4096, 64KiB or 1MiB; a number is in bytes.
   *
   * @default '8KiB'
   */
  readonly fieldLineBytesMax?: number | string | undefined

  /**
   * All header lines of a request together. A size from 1B to 1MiB, such as 4096, 64KiB or 1MiB; a
   * number is in bytes.
   *
   * @default '16KiB'
   */
  readonly fieldsBytesMax?: number | string | undefined

  /**
   * Number of header lines in a request. A whole number from 1 to 10000, such as 200.
   *
   * @default 100
   */
  readonly fieldCountMax?: number | undefined

  /**
   * Largest request body. A size from 0B to 1024GiB, such as 4096, 64KiB or 1MiB; a number is in
   * bytes.
   *
   * @default '1MiB'
   */
  readonly contentBytesMax?: number | string | undefined

  /**
   * Longest extensions of a chunk. A size from 0B to 64KiB, such as 32B, 4096 or 64KiB; a number is
   * in bytes.
   *
   * @default '256B'
   */
  readonly chunkExtensionBytesMax?: number | string | undefined

  /**
   * All trailer lines of a request together. A size from 0B to 1MiB, such as 4096, 64KiB or 1MiB; a
   * number is in bytes.
   *
   * @default '4KiB'
   */
  readonly trailersBytesMax?: number | string | undefined

  /**
   * Unsent response bytes at which the server stops reading from a connection. A size from 64KiB to
   * 1GiB, such as 64KiB or 1MiB; a number is in bytes.
   *
   * @default '256KiB'
   */
  readonly queuedBytesMax?: number | string | undefined

  /**
   * Unread request body to discard in order to keep a connection open. A size from 0B to 1GiB, such
   * as 4096, 64KiB or 1MiB; a number is in bytes.
   *
   * @default '64KiB'
   */
  readonly discardBytesMax?: number | string | undefined

  /**
   * Bytes to discard after the last response of a connection. A size from 0B to 1GiB, such as 4096,
   * 64KiB or 1MiB; a number is in bytes.
   *
   * @default '64KiB'
   */
  readonly lingerBytesMax?: number | string | undefined
}
