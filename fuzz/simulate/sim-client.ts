import { ConnectionChecker } from './connection-checker.ts'
import { Random } from './random.ts'
import type { ClientPlan, RequestPlan } from './scenario.ts'
import {
  expectsContinue,
  type KnownValidators,
  newRequest,
  type SentRequest,
} from './sent-request.ts'
import type { SimulationContext } from './simulation-context.ts'

/** How long a client waits for a 100 before it sends its content anyway. */
const CONTINUE_US = 200_000
const STATUSES_WITH_VALIDATORS = [200, 206, 304]

/** The share of writes that pass a socket's stream by, when they can. */
const DIRECT_SHARES = { raw: 0, stream: 0, direct: 1, mixed: 0.5 } as const

/** A client: it connects, sends its requests in pieces, reads at its own speed, and leaves. */
export class SimClient {
  readonly plan: ClientPlan
  readonly checker: ConnectionChecker
  readonly #context: SimulationContext
  readonly #random: Random
  /** The validators of each file, by its path. */
  readonly #validators = new Map<string, KnownValidators>()
  /** Requests that are not yet part of `#output`. */
  #remaining: readonly RequestPlan[]
  #output: Buffer = Buffer.alloc(0)
  #sentBytes = 0
  #receivedBytes = 0
  #responsesReceived = 0
  #waitingForContinueUs: number | undefined
  #isSendScheduled = false
  #isReceiveScheduled = false
  #hasStalledSending = false
  #hasStalledReceiving = false
  #hasLeft = false

  constructor(plan: ClientPlan, context: SimulationContext) {
    this.plan = plan
    this.#context = context
    this.#random = new Random(plan.seed)
    this.#remaining = plan.requests
    const options = {
      id: plan.id,
      kernelBytes: plan.reader.kernelBytes,
      onReadable: () => this.#receiveSoon(),
      isRaw: plan.transport === 'raw',
      writesDirectly: () => this.#random.chance(DIRECT_SHARES[plan.transport]),
    }
    this.checker = new ConnectionChecker(options, context)
  }

  start(): void {
    if (this.plan.isPipelined) while (this.#remaining.length > 0) this.#appendRequest()
    this.#sendSoon(0)
  }

  #appendRequest(): void {
    const [next, ...others] = this.#remaining
    this.#remaining = others
    const { requests } = this.checker.record
    const start = requests.at(-1)?.end ?? 0
    const request = newRequest(next!, start, this.#validators.get(next!.path))
    requests.push(request)
    this.#output = Buffer.concat([this.#output, request.bytes])
  }

  #sendSoon(us: number): void {
    if (this.#isSendScheduled) return
    this.#isSendScheduled = true
    this.#context.clock.after(us, () => {
      this.#isSendScheduled = false
      this.#send()
    })
  }

  #send(): void {
    const { plan, checker } = this
    const { transport } = checker
    if (this.#hasLeft || transport.isDestroyed) return
    const { end, stall } = plan
    if (end.kind === 'reset' && this.#sentBytes >= end.afterBytes) return this.#resetIn(end.us)
    if (stall !== undefined && !this.#hasStalledSending && this.#sentBytes >= stall.afterBytes) {
      this.#hasStalledSending = true
      checker.log?.(`client sends nothing for ${stall.us / 1000} ms`)
      return this.#sendSoon(stall.us)
    }
    if (this.#sentBytes === this.#output.length) {
      if (this.#remaining.length === 0 || !this.#hasAllResponses()) return this.#onAllSent()
      this.#appendRequest()
    }
    const limit = this.#sendLimit()
    if (limit === this.#sentBytes) return
    const size = 1 + this.#random.below(Math.min(plan.chunkBytesMax, limit - this.#sentBytes))
    const untilStall =
      stall && !this.#hasStalledSending ? Math.max(1, stall.afterBytes - this.#sentBytes) : size
    const from = this.#sentBytes
    const bytes = this.#output.subarray(from, from + Math.min(size, untilStall))
    this.#sentBytes += bytes.length
    checker.log?.(`client sends ${bytes.length} bytes: ${this.#describeSent(from)}`)
    transport.send(bytes)
    this.#sendSoon(plan.gapUs === 0 ? 0 : this.#random.below(plan.gapUs))
  }

  #resetIn(us: number): void {
    this.#hasLeft = true
    this.#context.clock.after(us, () => {
      this.checker.log?.('client resets the connection')
      this.checker.transport.send('reset')
    })
  }

  /** The requests of which bytes from this position on have been sent. */
  #describeSent(from: number): string {
    return this.checker.record.requests
      .filter(({ start, end }) => end > from && start < this.#sentBytes)
      .map(request => describe(request, this.#sentBytes))
      .join(', ')
  }

  /** The position up to which it may send: content has to wait for a 100 that it expects. */
  #sendLimit(): number {
    const { requests, respondedCount } = this.checker.record
    const index = requests.findIndex(
      ({ plan, headEnd, end }) =>
        headEnd >= this.#sentBytes && expectsContinue(plan) && end > headEnd,
    )
    const request = requests[index]
    if (request === undefined || request.hasContinue || respondedCount > index)
      return this.#output.length
    if (this.#sentBytes < request.headEnd) return request.headEnd
    const { nowUs } = this.#context.clock
    this.#waitingForContinueUs ??= nowUs
    if (nowUs - this.#waitingForContinueUs >= CONTINUE_US) {
      this.#waitingForContinueUs = undefined
      return this.#output.length
    }
    this.#context.clock.after(CONTINUE_US, () => this.#sendSoon(0))
    return this.#sentBytes
  }

  /** Whether it has received a response to each request that it has sent. */
  #hasAllResponses(): boolean {
    return this.#responsesReceived >= this.checker.record.requests.length
  }

  #onAllSent(): void {
    const { kind } = this.plan.end
    if (this.#remaining.length > 0) return
    if (kind === 'half-close' || (kind === 'close' && this.#hasAllResponses())) this.#sendFin()
  }

  #sendFin(): void {
    if (this.#hasLeft) return
    this.#hasLeft = true
    this.checker.log?.('client sends its FIN')
    this.checker.transport.send('fin')
  }

  #receiveSoon(): void {
    const { stall, everyUs } = this.plan.reader
    if (this.#isReceiveScheduled) return
    this.#isReceiveScheduled = true
    let us = everyUs
    if (
      stall !== undefined &&
      !this.#hasStalledReceiving &&
      this.#receivedBytes >= stall.afterBytes
    ) {
      this.#hasStalledReceiving = true
      this.checker.log?.(`client reads nothing for ${stall.us / 1000} ms`)
      us = stall.us
    }
    this.#context.clock.after(us, () => {
      this.#isReceiveScheduled = false
      this.#receive()
    })
  }

  #receive(): void {
    const { plan, checker } = this
    const { transport } = checker
    const bytes = transport.isDestroyed ? 0 : transport.receive(plan.reader.bytes)
    this.#receivedBytes += bytes
    if (bytes > 0) checker.log?.(`client reads ${bytes} bytes`)
    this.#noteResponses()
    if (transport.isReadable && !transport.isDestroyed) this.#receiveSoon()
    else if (transport.hasSentFin && plan.end.kind !== 'stay') this.#sendFin()
    this.#sendSoon(0)
  }

  /** Counts the responses that it has received whole, and keeps their validators. */
  #noteResponses(): void {
    const { responses } = this.checker.record
    for (const { end, response, request, headUs } of responses.slice(this.#responsesReceived)) {
      if (end > this.#receivedBytes) return
      this.#responsesReceived++
      const { status } = response
      const etag = response.field('etag')
      if (request === undefined || etag === undefined || !STATUSES_WITH_VALIDATORS.includes(status))
        continue
      const lastModified = response.field('last-modified')
      this.#validators.set(request.plan.path, { etag, lastModified, atUs: headUs })
    }
  }
}

/** The request line and the fields after Host, for the timeline. */
function describe({ plan, bytes, start, headEnd, end }: SentRequest, sentBytes: number): string {
  const [requestLine = '', , ...rest] = bytes.toString('latin1', 0, headEnd - start).split('\r\n')
  const fields = rest.slice(0, -2).join(', ').slice(0, 120)
  const suffix = sentBytes < end ? ' (in part)' : ''
  return `${plan.id} ${requestLine.slice(0, 60)}${fields === '' ? '' : ` [${fields}]`}${suffix}`
}
