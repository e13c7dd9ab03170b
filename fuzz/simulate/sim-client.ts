import { ConnectionChecker } from './connection-checker.ts'
import { Random } from './random.ts'
import type { ClientPlan, RequestPlan } from './scenario.ts'
import {
  expectsContinue,
  type KnownValidators,
  type SentRequest,
  sendRequest,
} from './sent-request.ts'
import { SimTransport } from './sim-transport.ts'
import type { Simulation } from './simulation.ts'

/** How long a client waits to be told to send its content. */
const CONTINUE_US = 200_000
const PATH_TAGS = [200, 206, 304]

/** A client: it connects, sends what is planned in pieces, reads at its pace, and leaves in its way. */
export class SimClient {
  readonly plan: ClientPlan
  readonly observer: ConnectionChecker
  readonly transport: SimTransport
  readonly #world: Simulation
  readonly #random: Random
  readonly #learnt = new Map<string, KnownValidators>()
  #toAsk: readonly RequestPlan[]
  #stream: Buffer = Buffer.alloc(0)
  #sentBytes = 0
  #readBytes = 0
  #answersRead = 0
  #heldSinceUs: number | undefined
  #isSending = false
  #isReading = false
  #hasStalled = false
  #hasStalledReading = false
  #hasLeft = false

  constructor(plan: ClientPlan, world: Simulation) {
    this.plan = plan
    this.#world = world
    this.#random = new Random(plan.seed)
    this.#toAsk = plan.requests
    this.observer = new ConnectionChecker(
      plan.id,
      world,
      () => this.#readSoon(),
      () => this.#random.chance(plan.directly),
    )
    this.transport = new SimTransport(this.observer, plan.reader.kernelBytes)
    this.transport.received = bytes => this.observer.received(bytes)
    this.observer.transport = this.transport
  }

  start(): void {
    if (this.plan.isPipelined) while (this.#toAsk.length > 0) this.#ask()
    this.#sendSoon(0)
  }

  #ask(): void {
    const [next, ...others] = this.#toAsk
    this.#toAsk = others
    const last = this.observer.asked.at(-1)
    const asked = sendRequest(next!, last?.end ?? 0, this.#learnt.get(next!.path))
    this.observer.asked.push(asked)
    this.#stream = Buffer.concat([this.#stream, asked.bytes])
  }

  #sendSoon(us: number): void {
    if (this.#isSending) return
    this.#isSending = true
    this.#world.after(us, () => {
      this.#isSending = false
      this.#send()
    })
  }

  #send(): void {
    const { plan, transport, observer } = this
    if (this.#hasLeft || transport.isDestroyed) return
    const { end, stall } = plan
    if (end.how === 'reset' && this.#sentBytes >= end.afterBytes) {
      this.#hasLeft = true
      this.#world.after(end.us, () => {
        observer.tell?.('client resets the connection')
        transport.arrive('reset')
      })
      return
    }
    if (stall !== undefined && !this.#hasStalled && this.#sentBytes >= stall.afterBytes) {
      this.#hasStalled = true
      observer.tell?.(`client sends nothing for ${stall.us / 1000} ms`)
      return this.#sendSoon(stall.us)
    }
    if (this.#sentBytes === this.#stream.length && !this.#mayAsk()) return this.#finish()
    if (this.#sentBytes === this.#stream.length) this.#ask()
    const until = this.#heldAt()
    if (until === this.#sentBytes) return
    const size = 1 + this.#random.below(Math.min(plan.chunkBytesMax, until - this.#sentBytes))
    const toStall =
      stall && !this.#hasStalled ? Math.max(1, stall.afterBytes - this.#sentBytes) : size
    const bytes = this.#stream.subarray(this.#sentBytes, this.#sentBytes + Math.min(size, toStall))
    this.#sentBytes += bytes.length
    observer.tell?.(`client sends ${this.#named(bytes.length)}`)
    transport.arrive(bytes)
    this.#sendSoon(plan.gapUs === 0 ? 0 : this.#random.below(plan.gapUs))
  }

  /** What of its requests it sends. */
  #named(bytes: number): string {
    const from = this.#sentBytes - bytes
    const parts = this.observer.asked.filter(
      asked => asked.end > from && asked.start < this.#sentBytes,
    )
    return `${bytes} bytes: ${parts.map(asked => nameOf(asked, this.#sentBytes)).join(', ')}`
  }

  /** Up to where it may send: not into content that it has not been asked for. */
  #heldAt(): number {
    const { asked, answered } = this.observer
    const at = asked.findIndex(
      one => one.headEnd >= this.#sentBytes && expectsContinue(one.plan) && one.end > one.headEnd,
    )
    const holding = asked[at]
    if (holding === undefined || holding.hasContinue || answered > at) return this.#stream.length
    if (this.#sentBytes < holding.headEnd) return holding.headEnd
    const { nowUs } = this.#world.clock
    this.#heldSinceUs ??= nowUs
    if (nowUs - this.#heldSinceUs >= CONTINUE_US) {
      this.#heldSinceUs = undefined
      return this.#stream.length
    }
    this.#world.after(CONTINUE_US, () => this.#sendSoon(0))
    return this.#sentBytes
  }

  /** Whether it goes on to its next request. */
  #mayAsk(): boolean {
    return this.#toAsk.length > 0 && this.#answersRead >= this.observer.asked.length
  }

  /** It has sent all that it may for now. */
  #finish(): void {
    const { end } = this.plan
    if (this.#toAsk.length > 0) return
    if (
      end.how === 'half-close' ||
      (end.how === 'close' && this.#answersRead >= this.observer.asked.length)
    )
      this.#leave()
  }

  #leave(): void {
    if (this.#hasLeft) return
    this.#hasLeft = true
    this.observer.tell?.('client sends its FIN')
    this.transport.arrive('fin')
  }

  #readSoon(): void {
    const { reader } = this.plan
    if (this.#isReading) return
    this.#isReading = true
    const { stall } = reader
    const stalls =
      stall !== undefined && !this.#hasStalledReading && this.#readBytes >= stall.afterBytes
    if (stalls) {
      this.#hasStalledReading = true
      this.observer.tell?.(`client reads nothing for ${stall.us / 1000} ms`)
    }
    this.#world.after(stalls ? stall.us : reader.everyUs, () => {
      this.#isReading = false
      this.#read()
    })
  }

  #read(): void {
    const { transport, observer } = this
    const had = transport.isDestroyed ? 0 : transport.take(this.plan.reader.bytes)
    this.#readBytes += had
    if (had > 0) observer.tell?.(`client reads ${had} bytes`)
    for (const { end, answer, asked } of observer.answerEnds.slice(this.#answersRead)) {
      if (end > this.#readBytes) break
      this.#answersRead++
      const etag = answer.fields.get('etag')
      if (asked === undefined || etag === undefined || !PATH_TAGS.includes(answer.status)) continue
      const lastModified = answer.fields.get('last-modified')
      this.#learnt.set(asked.plan.path, { etag, lastModified, atUs: answer.headUs })
    }
    if (transport.kernelBytes > 0 && !transport.isDestroyed) this.#readSoon()
    else if (transport.hasFin && this.plan.end.how !== 'stay') this.#leave()
    this.#sendSoon(0)
  }
}

function nameOf({ plan, bytes, start, headEnd, end }: SentRequest, sentBytes: number): string {
  const line = bytes.toString('latin1', 0, bytes.indexOf('\r\n')).slice(0, 60)
  const head = bytes
    .toString('latin1', 0, headEnd - start)
    .split('\r\n')
    .slice(2, -2)
    .join(', ')
    .slice(0, 120)
  const how = sentBytes < end ? ' (up to here)' : ''
  return `${plan.id} ${line}${head === '' ? '' : ` [${head}]`}${how}`
}
