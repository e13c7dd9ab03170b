// Generated from settings.ts by `npx vitest run test/docs.test.ts -u`; do not edit.

import type { Address } from './address.ts'

/**
 * The settings of the server. Each is optional. A duration is a number of milliseconds or a text
 * such as 500ms, 30s, 2m or 1h; a size is a number of bytes or a text such as 64KiB or 1MiB.
 */
export interface ServeSettings {
  /** Folder to serve, relative to the working folder or to the TOML file. @default '.' */
  readonly root?: string | undefined
  /**
   * Index files of a folder, in order of preference. Each is a file name without a folder, such as
   * index.html.
   * @default ['index.html']
   */
  readonly indexFiles?: readonly string[] | undefined
  /**
   * Serve about.html at /about as well, or redirect /about.html to it and /index.html to /. `true`
   * stands for serve.
   * @default 'serve'
   */
  readonly cleanUrls?: 'serve' | 'redirect' | 'off' | boolean | boolean | undefined
  /**
   * Single-page application: serve this file at missing paths, except for subresources. The name of
   * a file below the root, such as index.html. `true` stands for index.html.
   * @default undefined
   */
  readonly single?: string | boolean | undefined
  /** List the contents of folders that have no index file. @default false */
  readonly list?: boolean | undefined
  /** Follow symbolic links to targets inside the root, never, or anywhere. @default 'inside' */
  readonly symlinks?: 'inside' | 'never' | 'anywhere' | undefined
  /**
   * For an unknown Host: serve the default root, or refuse the request with 421.
   * @default 'default'
   */
  readonly unknownHosts?: 'default' | 'refuse' | undefined
  /** Endpoints to enable in addition to the static files. @default [] */
  readonly endpoints?: readonly ('echo' | 'user-agent' | 'sleep' | 'files')[] | undefined
  /** Delay of the /sleep endpoint. From 0ms to 24h. @default '10s' */
  readonly sleepMs?: number | string | undefined
  /**
   * max-age of all files; if unset, a year for hashed names, else no-cache. From 0 to 31536000.
   * @default undefined
   */
  readonly cacheSeconds?: number | undefined
  /** Make the ETag of files too large for memory of samples, or of all content. @default 'auto' */
  readonly etag?: 'auto' | 'content' | undefined
  /** Files to compress at the same time; 0 disables compression. From 0 to 64. @default 1 */
  readonly compressionsMax?: number | undefined
  /** Memory for cached files and their compressed versions. From 0B to 64GiB. @default '64MiB' */
  readonly memoryBytesMax?: number | string | undefined
  /** Largest file to cache in memory. From 0B to 1GiB. @default '1MiB' */
  readonly memoryFileBytesMax?: number | string | undefined
  /** How long a change on the disk may go unnoticed. From 0ms to 24h. @default '1s' */
  readonly revalidateMs?: number | string | undefined
  /**
   * Call the file system directly, in threads, or directly while it is local and fast.
   * @default 'auto'
   */
  readonly fileAccess?: 'auto' | 'direct' | 'threads' | undefined
  /**
   * Origins whose pages may read responses; * for all. Each is * or an origin, such as
   * https://app.example or http://localhost:3000. `true` stands for *.
   * @default undefined
   */
  readonly cors?: readonly string[] | boolean | undefined
  /** Send Referrer-Policy and X-Frame-Options. @default false */
  readonly securityHeaders?: boolean | undefined
  /** Send Server-Timing, for diagnosis: no response is then repeated from memory. @default false */
  readonly serverTiming?: boolean | undefined
  /**
   * Content-Security-Policy header of all responses. A header value, such as default-src 'self'.
   * @default undefined
   */
  readonly contentSecurityPolicy?: string | undefined
  /** Largest upload to /files/. From 0B to 1024GiB. @default '64MiB' */
  readonly uploadBytesMax?: number | string | undefined
  /** What to do with an upload whose file name exists. @default 'replace' */
  readonly uploadConflict?: 'replace' | 'refuse' | 'rename' | undefined
  /**
   * Origins of other sites whose pages may upload; * for all. Each is * or an origin, such as
   * https://app.example or http://localhost:3000.
   * @default undefined
   */
  readonly uploadOrigins?: readonly string[] | undefined
  /** Uploads at the same time per process. From 1 to 10000. @default 64 */
  readonly uploadsMax?: number | undefined
  /**
   * Listen on these, not on `host` and `port`: HOST:PORT, unix:/PATH[?mode=660], fd:N. Each is
   * HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:80; or
   * unix:/run/site.sock?mode=660; or fd:3.
   * @default [{ host, port }]
   */
  readonly listeners?: readonly (Address | string)[] | undefined
  /**
   * Host to listen on. An IP address or a host name, such as 127.0.0.1, ::1 or localhost.
   * @default '127.0.0.1'
   */
  readonly host?: string | undefined
  /** Port to listen on; 0 picks a free port. From 0 to 65535. @default 4221 */
  readonly port?: number | undefined
  /** Worker processes; 1 serves from the main process. From 1 to 256. @default 1 */
  readonly workers?: number | undefined
  /**
   * User of the processes that serve, if the server is started as root. The name or the number of a
   * user, such as www-data.
   * @default undefined
   */
  readonly user?: string | undefined
  /**
   * Open connections per process. From 1 to 2147483647.
   * @default soft limit of open files minus 128, or fewer if it is low
   */
  readonly connectionsMax?: number | undefined
  /**
   * Open connections per process from one IP address or IPv6 /64; 0 for no limit. From 0 to
   * 2147483647.
   * @default 0
   */
  readonly connectionsPerAddressMax?: number | undefined
  /** How the server reads from sockets. @default 'raw' */
  readonly readStrategy?: 'raw' | 'shared-buffer' | 'stream' | undefined
  /**
   * Balancers that send a PROXY header first, such as 10.0.0.0/8 or unix. Each is an IP address, a
   * network such as 10.0.0.0/8 or fd00::/8, or unix.
   * @default []
   */
  readonly proxyProtocolFrom?: readonly string[] | undefined
  /**
   * Proxies whose `forwardedField` is trusted, such as 10.0.0.0/8. Each is an IP address, a network
   * such as 10.0.0.0/8 or fd00::/8, or unix.
   * @default []
   */
  readonly trustedProxies?: readonly string[] | undefined
  /** Header in which trusted proxies send the client address. @default 'x-forwarded-for' */
  readonly forwardedField?: 'x-forwarded-for' | 'forwarded' | undefined
  /** Serve /-/live and /-/ready; /-/ready responds with 503 during shutdown. @default true */
  readonly health?: boolean | undefined
  /** Format of the access log on stdout. @default 'off' */
  readonly accessLog?: 'combined' | 'json' | 'off' | undefined
  /** Serve metrics for Prometheus at /-/metrics, to all that reach the listeners. @default false */
  readonly metrics?: boolean | undefined
  /**
   * Serve metrics for Prometheus on these addresses only, at /metrics. Each is HOST:PORT with a
   * port from 0 to 65535, such as 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:80; or
   * unix:/run/site.sock?mode=660; or fd:3.
   * @default [{ host, port }]
   */
  readonly metricsAddress?: readonly (Address | string)[] | undefined
  /** Minimum level of log messages on stderr. @default 'info' */
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error' | 'silent' | undefined
  /** Time to receive a whole request head. From 1ms to 24h. @default '30s' */
  readonly headTimeoutMs?: number | string | undefined
  /** Time a request body may be below the minimum rate. From 1ms to 24h. @default '30s' */
  readonly contentTimeoutMs?: number | string | undefined
  /**
   * Minimum rate of a request body, in bytes per second; 0 for none. From 0B to 1GiB.
   * @default '500B'
   */
  readonly contentBytesPerSecondMin?: number | string | undefined
  /**
   * Time for an endpoint other than /sleep to begin its response; 0 for no limit. From 0ms to 24h.
   * @default '60s'
   */
  readonly handlerTimeoutMs?: number | string | undefined
  /**
   * Time a client may read below the minimum rate; 10 times that after fast reads. From 1ms to 24h.
   * @default '30s'
   */
  readonly writeTimeoutMs?: number | string | undefined
  /**
   * Minimum rate at which a client reads, in bytes per second; 0 for none. From 0B to 1GiB.
   * @default '500B'
   */
  readonly writeBytesPerSecondMin?: number | string | undefined
  /**
   * Time a response may stand still after its client has sent FIN; 0 for no limit. From 0ms to 24h.
   * @default '5s'
   */
  readonly halfClosedTimeoutMs?: number | string | undefined
  /** Time to wait for the next request on an open connection. From 1ms to 24h. @default '75s' */
  readonly idleTimeoutMs?: number | string | undefined
  /**
   * Time to wait for the client to send more or to close after the last response. From 0ms to 24h.
   * @default '5s'
   */
  readonly lingerTimeoutMs?: number | string | undefined
  /**
   * Time in all to discard what a client sends after the last response. From 0ms to 24h.
   * @default '30s'
   */
  readonly lingerTotalMs?: number | string | undefined
  /** Time for requests in flight to finish at shutdown. From 0ms to 24h. @default '30s' */
  readonly drainTimeoutMs?: number | string | undefined
  /**
   * Time for one last request on an idle connection at shutdown. From 0ms to 24h.
   * @default '500ms'
   */
  readonly drainIdleMs?: number | string | undefined
  /**
   * Delay before the listeners close at shutdown, so that balancers can notice. From 0ms to 24h.
   * @default '0ms'
   */
  readonly drainDelayMs?: number | string | undefined
  /**
   * How long the server goes on while no worker listens; then it exits with code 1. From 0ms to
   * 24h.
   * @default '30s'
   */
  readonly workersTimeoutMs?: number | string | undefined
  /** Requests per connection. From 1 to 2147483647. @default 10000 */
  readonly requestsMax?: number | undefined
  /** Longest request line. From 1B to 1MiB. @default '8KiB' */
  readonly requestLineBytesMax?: number | string | undefined
  /** Longest method. From 1B to 1KiB. @default '32B' */
  readonly methodBytesMax?: number | string | undefined
  /** Longest header line. From 1B to 1MiB. @default '8KiB' */
  readonly fieldLineBytesMax?: number | string | undefined
  /** All header lines of a request together. From 1B to 1MiB. @default '16KiB' */
  readonly fieldsBytesMax?: number | string | undefined
  /** Number of header lines in a request. From 1 to 10000. @default 100 */
  readonly fieldCountMax?: number | undefined
  /** Largest request body. From 0B to 1024GiB. @default '1MiB' */
  readonly contentBytesMax?: number | string | undefined
  /** Longest line with the size of a chunk and its extensions. From 1B to 64KiB. @default '512B' */
  readonly chunkLineBytesMax?: number | string | undefined
  /** All trailer lines of a request together. From 0B to 1MiB. @default '4KiB' */
  readonly trailersBytesMax?: number | string | undefined
  /**
   * Unsent response bytes at which the server stops reading from a connection. From 64KiB to 1GiB.
   * @default '256KiB'
   */
  readonly queuedBytesMax?: number | string | undefined
  /**
   * Unread request body to discard in order to keep a connection open. From 0B to 1GiB.
   * @default '64KiB'
   */
  readonly discardBytesMax?: number | string | undefined
}
