import type { RequestParser } from '../../src/parser/index.ts'
import { planText } from '../../src/response/response-plan.ts'
import { configFromOptions } from '../../src/server/config/load-config.ts'
import type { Config, Options } from '../../src/server/config/settings.ts'
import { type ConnectionEnd, EndTally } from '../../src/server/connection/close-reason.ts'
import { Connection } from '../../src/server/connection/connection.ts'
import { contentPace, readerPace } from '../../src/server/connection/data-rate.ts'
import { DateField } from '../../src/server/connection/date-field.ts'
import type { ContentSink, Exchange } from '../../src/server/connection/exchange.ts'
import { ParserPool } from '../../src/server/connection/parser-pool.ts'
import type { ServerContext } from '../../src/server/connection/server-context.ts'
import { TimerWheel } from '../../src/server/connection/timer-wheel.ts'
import { type AnswerRecord, recordOf } from '../../src/server/log/request-log-entry.ts'
import { AddressCounts } from '../../src/server/proxy/connection-limiter.ts'
import { TrustedProxies } from '../../src/server/proxy/trusted-proxies.ts'
import { Batch } from '../../src/server/response-cache/write-coalescer.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeWire } from './fake-transport.ts'

/** The defaults, with some settings replaced. */
export function configWith(options: Options = {}): Config {
  return configFromOptions(options, { cwd: '/', stdoutIsTerminal: false, openFilesSoftLimit: () => 1064 })
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
  readonly records: AnswerRecord[] = []
  /** Why connections ended, in order. */
  readonly ends: ConnectionEnd[] = []
  /** Requests that were not answered in time. */
  readonly late: string[] = []
  readonly #wires: FakeWire[] = []

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
      turnedAway: new Set(),
      turnedAwayMax: 4,
      addresses: new AddressCounts(config.connectionsPerAddressMax),
      contentPace: contentPace(config),
      readerPace: readerPace(config),
      ready: undefined,
      batch: new Batch(),
      dispatch: exchange => {
        this.exchanges.push(exchange)
        this.targets.push(exchange.head.target)
        dispatch(exchange)
      },
      report: answer => this.records.push(recordOf(answer)),
      ends: new EndTally(),
      reportLate: request => this.late.push(request),
      draining: false,
      retired: false,
    }
    this.context.ends.told = end => this.ends.push(end)
  }

  get connections(): Connection[] {
    return [...this.context.connections] as Connection[]
  }

  /** A client. Its connection is `context.connections`' newest. */
  connect(): FakeWire {
    const wire = new FakeWire()
    wire.listen(new Connection(wire, this.context))
    this.#wires.push(wire)
    return wire
  }

  /** Time passes, and then what has come of it. */
  advance(ms: number): void {
    this.clock.advance(ms)
    for (const wire of this.#wires) wire.pump()
  }

  drain(): void {
    this.context.draining = true
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

  content(bytes: Uint8Array, from: number, to: number): boolean {
    this.chunks.push(Buffer.from(bytes.subarray(from, to)).toString('latin1'))
    return this.takesMore
  }

  end(): void {
    this.state = 'ended'
  }

  failed(): void {
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
