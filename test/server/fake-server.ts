import { planText } from '../../src/response/response-plan.ts'
import { Admission } from '../../src/server/admission.ts'
import type { Config } from '../../src/server/config/config.ts'
import { parseOptions } from '../../src/server/config/load-config.ts'
import type { ConfigOptions } from '../../src/server/config/rule-options.ts'
import * as schemas from '../../src/server/config/rules-schema.ts'
import { DateField } from '../../src/server/connection/clock.ts'
import { type CloseReason, CloseReasonCounter } from '../../src/server/connection/close-reason.ts'
import { Connection } from '../../src/server/connection/connection.ts'
import { bodyDataRate, writeDataRate } from '../../src/server/connection/data-rate.ts'
import type { Exchange } from '../../src/server/connection/exchange.ts'
import { RefusalCounter } from '../../src/server/connection/refusal-counter.ts'
import type { ContentSink } from '../../src/server/connection/request-content.ts'
import { ReaderPool, type RequestReader } from '../../src/server/connection/request-reader.ts'
import { TimerWheel } from '../../src/server/connection/timer-wheel.ts'
import { BufferPool } from '../../src/server/files/buffer-pool.ts'
import { DescriptorCount } from '../../src/server/files/file-system.ts'
import type { RequestLogEntry } from '../../src/server/log/request-log-entry.ts'
import { ResponseLog } from '../../src/server/log/response-log.ts'
import { TrustedProxies } from '../../src/server/proxy/trusted-proxies.ts'
import { WriteCoalescer } from '../../src/server/response-cache/write-coalescer.ts'
import type { ServerContext } from '../../src/server/server-context.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeTransport } from './fake-transport.ts'

/** Returns the default settings with some replaced. */
export function configWith(options: ConfigOptions = {}): Config {
  const openFilesSoftLimit = (): number => 1064
  return parseOptions(options, { cwd: '/', stdoutIsTerminal: false, openFilesSoftLimit }, schemas)
}

/** Responds at once with 200 and the target of the request. */
export function respondAtOnce(exchange: Exchange): void {
  exchange.send(planText(200, exchange.head.target))
}

/** Leaves the request pending; the test responds to it. */
export function wait(): void {}

/** How many connections the fake server rejects with 503 at the same time. */
export const REJECTED_MAX = 4

/** Connections over fake transports and a fake clock. Requests are recorded, then dispatched. */
export class FakeServer {
  readonly clock: FakeClock = new FakeClock()
  readonly readers: CountingReaderPool
  readonly context: ServerContext
  readonly exchanges: Exchange[] = []
  /** The targets of the requests that were dispatched. */
  readonly targets: string[] = []
  /** What the response log emitted. */
  readonly logEntries: RequestLogEntry[] = []
  /** Why connections were closed, in order. */
  readonly closeReasons: CloseReason[] = []
  /** The requests, as method and target, that were logged as failed. */
  readonly failedRequests: string[] = []
  readonly #transports: FakeTransport[] = []

  constructor(dispatch: (exchange: Exchange) => void = respondAtOnce, options: ConfigOptions = {}) {
    const config = configWith(options)
    this.readers = new CountingReaderPool(config, 8)
    const responseLog = new ResponseLog(undefined, entry => this.logEntries.push(entry))
    responseLog.hasListeners = true
    // Connections use no files, sites or assets.
    this.context = {
      config,
      clock: this.clock,
      wheel: new TimerWheel(this.clock),
      readers: this.readers,
      date: new DateField(this.clock),
      admission: new Admission(config, new DescriptorCount(Number.POSITIVE_INFINITY), REJECTED_MAX),
      lifecycle: { isDraining: false, isReplaced: false },
      trustedProxies: TrustedProxies.of(config),
      bodyDataRate: bodyDataRate(config),
      writeDataRate: writeDataRate(config),
      responseCache: undefined,
      coalescer: new WriteCoalescer(new BufferPool(1024, 1024, 1)),
      responseLog,
      refusals: new RefusalCounter(),
      closeReasons: new CloseReasonCounter(reason => this.closeReasons.push(reason)),
      dispatcher: {
        prepare: () => {},
        dispatch: exchange => {
          this.exchanges.push(exchange)
          this.targets.push(exchange.head.target)
          dispatch(exchange)
        },
        findShared: () => undefined,
        settled: async () => {},
      },
      logError: (_error, request) => this.failedRequests.push(request),
    } as Partial<ServerContext> as ServerContext
  }

  get connections(): Connection[] {
    return [...this.context.admission.connections] as Connection[]
  }

  /** Connects a client. Its connection is the last of `connections`. */
  connect(): FakeTransport {
    const transport = new FakeTransport()
    transport.listen(new Connection(transport, this.context))
    this.#transports.push(transport)
    return transport
  }

  /** Moves the time forward, and delivers the events that result. */
  advance(ms: number): void {
    this.clock.advance(ms)
    for (const transport of this.#transports) transport.pump()
  }

  drain(): void {
    this.context.lifecycle.isDraining = true
    for (const connection of this.context.admission.connections) connection.drain()
  }
}

export class CountingReaderPool extends ReaderPool {
  /** Readers taken and not given back. */
  inUse = 0

  override take(): RequestReader {
    this.inUse++
    return super.take()
  }

  override give(reader: RequestReader): void {
    this.inUse--
    super.give(reader)
  }
}

/** Records the content that it receives. */
export class FakeSink implements ContentSink {
  readonly chunks: string[] = []
  state: 'open' | 'ended' | 'failed' = 'open'
  /** What `onContent()` returns: whether it accepts more at once. */
  acceptsMore = true

  onContent(bytes: Uint8Array, from: number, to: number): boolean {
    this.chunks.push(Buffer.from(bytes.subarray(from, to)).toString('latin1'))
    return this.acceptsMore
  }

  onEnd(): void {
    this.state = 'ended'
  }

  onFailed(): void {
    this.state = 'failed'
  }

  get text(): string {
    return this.chunks.join('')
  }
}

/** An HTTP/1.1 GET with a Host and more field lines. */
export function get(target: string, ...lines: string[]): string {
  return requestOf(`GET ${target} HTTP/1.1`, ['Host: a', ...lines])
}

/** An HTTP/1.1 POST with a Host, its Content-Length, more field lines, and its content. */
export function post(target: string, content: string, ...lines: string[]): string {
  return requestOf(
    `POST ${target} HTTP/1.1`,
    ['Host: a', `Content-Length: ${content.length}`, ...lines],
    content,
  )
}

export function requestOf(requestLine: string, lines: readonly string[], content = ''): string {
  return `${[requestLine, ...lines, '', ''].join('\r\n')}${content}`
}
