import type { Connection } from '#src/server/connection/connection.js'
import { checkResponse } from './check-response.ts'
import type { PropertyName } from './properties.ts'
import { type Answered, type ReceivedResponse, ResponseReader } from './response-reader.ts'
import { isChunked, type SentRequest } from './sent-request.ts'
import type { SimTransport, TransportObserver } from './sim-transport.ts'
import type { Simulation } from './simulation.ts'

const MS = 1000
/** A deadline fires with the tick after it. */
const TICK_MS = 100
/** How long a client that has taken much may stand still, by the time of one that has taken nothing. */
const CREDIT_FACTOR = 10
const MEMORY_SLACK_BYTES = 160 * 1024

/** What a connection does, as far as it can be seen from outside. */
export type Phase =
  | 'idle'
  | 'head'
  /** Content is being awaited, be it to be discarded. */
  | 'content'
  /** The server has all that it needs. */
  | 'working'
  | 'writing'
  /** The server has ended, its last bytes are on their way. */
  | 'ending'
  | 'lingering'
  | 'gone'

/** Watches one connection from outside, and holds it to the properties. It knows what was asked, and reads what is answered. */
export class ConnectionChecker implements TransportObserver {
  readonly who: string
  readonly asked: SentRequest[] = []
  /** Where each whole answer ends in what the server has written. */
  readonly answerEnds: {
    readonly end: number
    readonly answer: ReceivedResponse
    readonly asked: SentRequest | undefined
  }[] = []
  transport!: SimTransport
  connection!: Connection
  isTurnedAway = false
  hasClosed = false
  readonly #world: Simulation
  readonly #readable: () => void
  readonly #reader: ResponseReader
  readonly #directly: () => boolean
  #delivered = 0
  #answered = 0
  #writtenBytes = 0
  #current: { readonly asked: SentRequest | undefined; readonly fromUs: number } | undefined
  /** The last time that anything happened, that a byte came, that one was taken, and so on. */
  #aliveUs: number
  #receivedUs: number
  #takenUs: number
  #answerUs: number
  #endedUs = Number.POSITIVE_INFINITY
  #finUs = Number.NEGATIVE_INFINITY
  #lingeredBytes = 0
  /** Since when something is queued; of what was queued last, when nothing is. */
  #queuedUs = Number.NEGATIVE_INFINITY
  #wasQueued = false
  readonly #connectUs: number

  constructor(who: string, world: Simulation, readable: () => void, directly: () => boolean) {
    this.who = who
    this.#world = world
    this.#readable = readable
    this.#directly = directly
    const { nowUs } = world.clock
    this.#connectUs = nowUs
    this.#aliveUs = nowUs
    this.#receivedUs = nowUs
    this.#takenUs = nowUs
    this.#answerUs = nowUs
    this.#reader = new ResponseReader({
      next: () => this.#next(),
      now: () => world.clock.nowUs,
      head: answer => this.#head(answer),
      end: answer => this.#end(answer),
      wrong: sentence => this.broke('answers', sentence),
    })
  }

  get tell(): ((text: string) => void) | undefined {
    const { timeline } = this.#world
    return timeline && (text => timeline.add(this.who, text))
  }

  broke(property: PropertyName, sentence: string): void {
    this.#world.broke(property, sentence, this.who)
  }

  soon(act: () => void): void {
    this.#world.soon(act)
  }

  readable(): void {
    this.#takenUs = this.#world.clock.nowUs
    if (this.transport.hasFin) this.#finUs = Math.max(this.#finUs, this.#takenUs)
    this.#readable()
  }

  writesDirectly(): boolean {
    return this.#directly()
  }

  /** Bytes are about to be handed to the server. */
  received(bytes: number): void {
    const { nowUs } = this.#world.clock
    this.#delivered += bytes
    this.#receivedUs = nowUs
    if (this.transport.isEnded) this.#lingeredBytes += bytes
    for (let at = this.#answered; at < this.asked.length; at++) {
      const asked = this.asked[at]!
      if (this.#delivered > asked.start) asked.firstUs ??= nowUs
      if (this.#delivered >= asked.headEnd) asked.headUs ??= nowUs
    }
  }

  written(bytes: Uint8Array): void {
    this.#world.isDirty = true
    if (this.hasClosed) this.broke('closing', 'something is written behind the answer that closes')
    this.#aliveUs = this.#world.clock.nowUs
    this.#writtenBytes += bytes.length
    this.#reader.write(bytes)
  }

  ended(how: 'end' | 'destroy' | 'reset'): void {
    this.#world.isDirty = true
    this.tell?.(`server calls ${how}()`)
    if (how === 'end') this.#reader.end()
    const reason =
      how === 'end' ? this.#whyEnd() : how === 'destroy' ? this.#whyDestroy() : this.#whyReset()
    if (reason !== undefined) this.broke(...reason)
    if (how === 'end') this.#endedUs = this.#world.clock.nowUs
  }

  gone(): void {
    if (this.connection.slot !== -1)
      this.broke('quiet', 'a deadline is left of a connection that is gone')
  }

  get answered(): number {
    return this.#answered
  }

  get isWithinAnswer(): boolean {
    return this.#reader.isWithin
  }

  get phase(): Phase {
    const { transport } = this
    if (transport.isDestroyed) return 'gone'
    if (transport.isEnded) return transport.hasFin ? 'lingering' : 'ending'
    const isFull = transport.queuedBytes >= this.#world.scenario.config.queuedBytesMax
    const asked = this.asked[this.#answered]
    const before = this.asked[this.#answered - 1]
    if (before !== undefined && this.#delivered < before.end) return isFull ? 'writing' : 'content'
    // An answer that is not taken may not be over yet.
    if (transport.queuedBytes > 0) return 'writing'
    if (asked === undefined || this.#delivered <= asked.start) return 'idle'
    if (this.#delivered < asked.headEnd) return 'head'
    return this.#delivered < asked.end && this.#world.workCount === 0 ? 'content' : 'working'
  }

  /** The phase, and what else makes a difference. */
  get state(): string {
    const { transport } = this
    const also = [
      transport.paused ? 'paused' : '',
      transport.queuedBytes > 0 ? 'queued' : '',
      transport.isFinished ? 'half-closed' : '',
    ]
    return [this.phase, ...also, this.#world.isDraining ? 'draining' : ''].filter(Boolean).join(' ')
  }

  /** After everything that happens. */
  check(): void {
    const { transport } = this
    const { config } = this.#world.scenario
    if (transport.isDestroyed) return
    if (transport.queuedBytes > 0 && !this.#wasQueued) this.#queuedUs = this.#world.clock.nowUs
    this.#wasQueued = transport.queuedBytes > 0
    if (transport.corks > 0) this.broke('progress', 'what is written stays corked')
    if (
      transport.queuedBytes >
      config.queuedBytesMax + this.#world.largestBytes + MEMORY_SLACK_BYTES
    )
      this.broke('memory', `${transport.queuedBytes} bytes are queued`)
    if (this.hasClosed && !transport.isEnded && transport.queuedBytes === 0)
      this.broke('closing', 'the connection goes on behind the answer that closes')
    if (transport.isEnded) return
    const asked = this.asked[this.#answered]
    const { phase } = this
    if ((phase === 'idle' || phase === 'head') && transport.paused)
      this.broke('progress', 'nobody reads, though nothing is in the way')
    if (asked === undefined || this.isTurnedAway) return
    if (this.#delivered > asked.end && asked.answeredUs === undefined && !transport.paused)
      this.broke('memory', 'it is read on, though there are requests to be answered first')
    if (
      phase === 'working' &&
      this.#world.workCount === 0 &&
      !transport.unread &&
      asked.plan.kind !== 'sleep'
    )
      this.broke('progress', `${asked.plan.id} has no answer, and nothing is being done about it`)
  }

  /** After each tick of the wheel: what should have happened by now? */
  checkDeadlines(): void {
    const since = this.#dueSince()
    if (since === undefined) return
    const lateMs = (this.#world.clock.nowUs - since.us) / MS - since.ms - TICK_MS
    if (lateMs > 1)
      this.broke(
        'deadlines',
        `it should have been over ${Math.round(lateMs)} ms ago: ${since.what}`,
      )
  }

  /** The time from which on it is up to the client, and how long it may take. */
  #dueSince(): { readonly us: number; readonly ms: number; readonly what: string } | undefined {
    const { config } = this.#world.scenario
    const aliveUs = Math.max(
      this.#aliveUs,
      Number.isFinite(this.#endedUs) ? this.#endedUs : 0,
      this.#receivedUs,
      this.#takenUs,
      this.#world.workedUs,
      this.#world.clock.stalledUs,
      this.#world.drainedUs,
    )
    const idleMs = this.#world.isDraining ? config.drainIdleMs : config.idleTimeoutMs
    switch (this.phase) {
      case 'idle':
        return { us: aliveUs, ms: idleMs + config.writeTimeoutMs, what: 'idle' }
      case 'head': {
        const firstUs = Math.max(
          this.asked[this.#answered]!.firstUs!,
          this.#answerUs,
          this.#takenUs,
          this.#world.clock.stalledUs,
        )
        return { us: firstUs, ms: config.headTimeoutMs, what: 'awaiting a head' }
      }
      case 'content':
        return { us: aliveUs, ms: config.contentTimeoutMs, what: 'awaiting content' }
      case 'writing':
      case 'ending':
        // It may take something just after the deadline was set, and is given all of the time anew.
        if (this.#world.workCount > 0) return undefined
        return {
          us: aliveUs,
          ms: (CREDIT_FACTOR + 1) * config.writeTimeoutMs + TICK_MS,
          what: 'awaiting that something is taken',
        }
      case 'lingering':
        return {
          us: Math.max(this.#finUs, this.#takenUs),
          ms: config.lingerTimeoutMs,
          what: 'lingering',
        }
      case 'working':
      case 'gone':
        return undefined
    }
  }

  #next(): Answered | undefined {
    const asked = this.asked[this.#answered]
    const isUnderstood =
      asked !== undefined && this.#delivered >= asked.headEnd && asked.plan.kind !== 'malformed'
    if (isUnderstood) return { isHead: asked.plan.method === 'HEAD', minor: asked.plan.minor }
    // A head that is not whole, or not understood, or that never came.
    return { isHead: false, minor: 1 }
  }

  #head(answer: ReceivedResponse): void {
    const { status } = answer
    const asked = this.asked[this.#answered]
    this.tell?.(
      `server answers ${status} to ${asked?.plan.id ?? 'nothing'}${answer.fields.get('connection') === 'close' ? ', and closes' : ''}`,
    )
    this.#world.saw(`${asked?.plan.kind} ${status}`)
    if (status === 100) {
      if (
        asked?.plan.expectsContinue !== true ||
        asked.hasContinue ||
        this.#delivered < asked.headEnd
      )
        this.broke('answers', 'a 100 that nobody waits for')
      else asked.hasContinue = true
      return
    }
    this.#judgeDate(answer)
    const fromUs = Math.max(asked?.headUs ?? this.#connectUs, this.#answerUs)
    const isWhole = asked !== undefined && this.#delivered >= asked.headEnd
    const isBadStart =
      asked?.plan.kind === 'malformed' && this.#delivered > asked.start && status !== 408
    if (!isWhole && !isBadStart) this.#judgeUnasked(answer, asked)
    this.#current = { asked: isWhole || isBadStart ? asked : undefined, fromUs }
  }

  /** An answer where there is no whole head. */
  #judgeUnasked({ status, fields }: ReceivedResponse, asked: SentRequest | undefined): void {
    const { scenario } = this.#world
    if (fields.get('connection') !== 'close')
      return this.broke('answers', `a ${status} to nothing, that goes on`)
    if (status === 503 && this.isTurnedAway) return
    if (status !== 408 || asked?.firstUs === undefined)
      return this.broke('answers', `a ${status} to nothing`)
    const waitedMs = this.#waitedMs(asked.firstUs, this.#answerUs)
    if (waitedMs < scenario.config.headTimeoutMs)
      this.broke('deadlines', `the head had only ${waitedMs} ms to come`)
  }

  #end(answer: ReceivedResponse): void {
    const { asked, fromUs } = this.#current!
    const { clock } = this.#world
    this.#current = undefined
    if (asked !== undefined && !this.isTurnedAway) {
      const complaint =
        answer.status === 408
          ? this.#judgeContent(asked)
          : checkResponse(asked, answer, fromUs, this.#world)
      const property =
        asked.plan.kind === 'file' && [200, 206, 304].includes(answer.status) ? 'bytes' : 'answers'
      if (complaint !== undefined)
        this.broke(property, `${asked.plan.id} ${answer.status}: ${complaint}`)
      asked.answeredUs = clock.nowUs
      this.#answered++
    }
    this.#answerUs = clock.nowUs
    this.hasClosed = answer.fields.get('connection') === 'close'
    this.answerEnds.push({ end: this.#writtenBytes, answer, asked })
  }

  /** A 408 while content is due. */
  #judgeContent(asked: SentRequest): string | undefined {
    const { scenario } = this.#world
    if (this.#delivered >= asked.end) return 'all has come'
    const waitedMs = this.#waitedMs(asked.headUs ?? 0, this.#answerUs)
    return waitedMs < scenario.config.contentTimeoutMs
      ? `the content had only ${waitedMs} ms to come`
      : undefined
  }

  /** The Date is that of when the head was made, which may have waited for the file. */
  #judgeDate({ fields }: ReceivedResponse): void {
    const { clock } = this.#world
    const asked = this.asked[this.#answered]
    const fromUs = Math.max(asked?.headUs ?? this.#connectUs, this.#answerUs)
    if (clock.wallSetUs >= fromUs - 1_000_000) return
    const dateMs = Date.parse(fields.get('date')!)
    const earliestMs = clock.wallMs() - Math.ceil((clock.nowUs - fromUs) / MS) - 1000
    if (dateMs <= earliestMs - 1 || dateMs > clock.wallMs())
      this.broke(
        'answers',
        `the Date is ${fields.get('date')} at ${new Date(clock.wallMs()).toISOString()}`,
      )
  }

  #whyEnd(): [PropertyName, string] | undefined {
    const { scenario, isDraining } = this.#world
    if (this.hasClosed) return undefined
    const { phase } = this
    if (this.#cannotDiscard()) return undefined
    const { config } = scenario
    if (phase === 'content' && this.#waitedMs(this.#answerUs) >= config.contentTimeoutMs)
      return undefined
    if (phase !== 'idle' && !(phase === 'writing' && this.#isAllAnswered()))
      return ['closing', `it is ended while ${phase}`]
    if (isDraining || (this.transport.isFinished && this.#isAllAnswered())) return undefined
    const idleMs = this.#waitedMs(this.#connectUs, this.#answerUs, this.#receivedUs)
    if (idleMs < config.idleTimeoutMs)
      return ['deadlines', `it was idle for only ${idleMs} ms, and is ended`]
    return undefined
  }

  /** Chunks do not tell beforehand how many they are, or what is wrong with them: the answer may have let the connection go on. */
  #cannotDiscard(): boolean {
    const before = this.asked[this.#answered - 1]
    if (before?.plan.kind === 'malformed') return true
    if (before === undefined || !isChunked(before.plan)) return false
    const { discardBytesMax, contentBytesMax } = this.#world.scenario.config
    return (before.plan.content?.length ?? 0) > Math.min(discardBytesMax, contentBytesMax)
  }

  /** Since the last of some times; a clock of whole milliseconds may count one more. */
  #waitedMs(...us: readonly number[]): number {
    return (this.#world.clock.nowUs - Math.max(...us)) / MS + 1
  }

  #isAllAnswered(): boolean {
    const asked = this.asked[this.#answered]
    return asked === undefined || this.#delivered <= asked.start
  }

  #whyDestroy(): [PropertyName, string] | undefined {
    const { scenario, isCutting } = this.#world
    const { config } = scenario
    if (isCutting) return undefined
    const queuedMs = this.#waitedMs(this.#queuedUs)
    if (this.#lingeredBytes > config.lingerBytesMax) return undefined
    if (this.transport.queuedBytes > 0)
      return queuedMs < config.writeTimeoutMs
        ? ['deadlines', `it is cut off ${queuedMs} ms after something was queued`]
        : undefined
    if (!this.transport.isEnded) return ['closing', `it is destroyed while ${this.phase}`]
    const lingeredMs = this.#waitedMs(this.#endedUs, this.#finUs)
    return lingeredMs < config.lingerTimeoutMs
      ? ['deadlines', `it lingered for only ${lingeredMs} ms`]
      : undefined
  }

  /** An answer that cannot be made whole. */
  #whyReset(): [PropertyName, string] | undefined {
    const current = this.#current
    const plan = current?.asked?.plan
    if (current === undefined || plan === undefined)
      return ['closing', 'it is reset between answers']
    const { fromUs } = current
    const hasCause =
      this.#world.changesSince(fromUs - MS, plan.path) +
        this.#world.faultsSince(fromUs, plan.path) >
      0
    return plan.kind === 'file' && hasCause
      ? undefined
      : ['closing', `${plan.id} is broken off for no reason`]
  }
}
