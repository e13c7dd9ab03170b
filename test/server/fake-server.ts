import type { RequestParser } from '../../src/parser/index.ts'
import { planText } from '../../src/response/response-plan.ts'
import { configFromOptions } from '../../src/server/config/load-config.ts'
import type { Config, Options } from '../../src/server/config/settings.ts'
import { type CloseReason, CloseReasonCounter } from '../../src/server/connection/close-reason.ts'
import { Connection } from '../../src/server/connection/connection.ts'
import { bodyDataRate, writeDataRate } from '../../src/server/connection/data-rate.ts'
import { DateField } from '../../src/server/connection/date-field.ts'
import type { ContentSink, Exchange } from '../../src/server/connection/exchange.ts'
import { ParserPool } from '../../src/server/connection/parser-pool.ts'
import type { ServerContext } from '../../src/server/connection/server-context.ts'
import { TimerWheel } from '../../src/server/connection/timer-wheel.ts'
import { type RequestLogEntry, requestLogEntry } from '../../src/server/log/request-log-entry.ts'
import { ConnectionLimiter } from '../../src/server/proxy/connection-limiter.ts'
import { TrustedProxies } from '../../src/server/proxy/trusted-proxies.ts'
import { WriteCoalescer } from '../../src/server/response-cache/write-coalescer.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeTransport } from './fake-transport.ts'

/** The defaults, with some settings replaced. */
export function configWith(options: Options = {}): Config {
  return configFromOptions(options, {
    cwd: '/',
    stdoutIsTerminal: false,
    openFilesSoftLimit: () => 1064,
  })
}

/** Answers 200 with the target of the request, at once. */
export function answerAtOnce(exchange: Exchange): void {
  exchange.send(planText(200, exchange.head.target))
}

/** Answers nothing by itself. */
export function wait(): void {}

/** Connections over fakes. Requests go to `dispatch`, and are kept. */
export class FakeServer {
  readonly clock: FakeClock = new FakeClock()
  readonly parsers: CountingParserPool
  readonly context: ServerContext
  readonly exchanges: Exchange[] = []
  /** The targets of the requests that were dispatched. */
  readonly targets: string[] = []
  readonly records: RequestLogEntry[] = []
  /** Why connections ended, in order. */
  readonly ends: CloseReason[] = []
  /** Requests that were not answered in time. */
  readonly late: string[] = []
  readonly #wires: FakeTransport[] = []

  constructor(dispatch: (exchange: Exchange) => void = answerAtOnce, options: Options = {}) {
    const config = configWith(options)
    this.parsers = new CountingParserPool(config, 8)
    this.context = {
      config,
      clock: this.clock,
      wheel: new TimerWheel(this.clock),
      parsers: this.parsers,
      date: new DateField(this.clock),
      connections: new Set(),
      trustedProxies: TrustedProxies.of(config),
      rejected: new Set(),
      rejectedMax: 4,
      limiter: new ConnectionLimiter(config.connectionsPerAddressMax),
      bodyDataRate: bodyDataRate(config),
      writeDataRate: writeDataRate(config),
      responseCache: undefined,
      writer: new WriteCoalescer(),
      dispatch: exchange => {
        this.exchanges.push(exchange)
        this.targets.push(exchange.head.target)
        dispatch(exchange)
      },
      logResponse: answer => this.records.push(requestLogEntry(answer)),
      closeReasons: new CloseReasonCounter(),
      logHandlerTimeout: request => this.late.push(request),
      isDraining: false,
      isReplaced: false,
    }
    this.context.closeReasons.onClose = end => this.ends.push(end)
  }

  get connections(): Connection[] {
    return [...this.context.connections] as Connection[]
  }

  /** A client. Its connection is `context.connections`' newest. */
  connect(): FakeTransport {
    const transport = new FakeTransport()
    transport.listen(new Connection(transport, this.context))
    this.#wires.push(transport)
    return transport
  }

  /** Time passes, and then what has come of it. */
  advance(ms: number): void {
    this.clock.advance(ms)
    for (const transport of this.#wires) transport.pump()
  }

  drain(): void {
    this.context.isDraining = true
    for (const connection of this.context.connections) connection.drain()
  }
}

export class CountingParserPool extends ParserPool {
  /** Parsers taken and not given back. */
  out = 0

  override take(): RequestParser {
    this.out++
    return super.take()
  }

  override give(parser: RequestParser): void {
    this.out--
    super.give(parser)
  }
}

/** Takes content as it comes, and remembers it. */
export class FakeSink implements ContentSink {
  readonly chunks: string[] = []
  state: 'open' | 'ended' | 'failed' = 'open'
  /** What `content()` answers: whether more is taken at once. */
  takesMore = true

  onContent(bytes: Uint8Array, from: number, to: number): boolean {
    this.chunks.push(Buffer.from(bytes.subarray(from, to)).toString('latin1'))
    return this.takesMore
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

/** A GET of HTTP/1.1 with a Host, and with more field lines. */
export function get(target: string, ...lines: string[]): string {
  return requestOf(`GET ${target} HTTP/1.1`, ['Host: a', ...lines])
}

/** A POST of HTTP/1.1 with a Host, its content, and more field lines. */
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
