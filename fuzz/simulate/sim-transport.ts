import type { Transport, TransportHandler } from '#src/server/transport/socket-transport.js'
import type { PropertyName } from './properties.ts'

/** All that clients send is lent from here, as libuv does it, and overwritten when the callback has returned. */
const READ_BUFFER = new Uint8Array(64 * 1024)
const SCRUB = 0xdb

/** From so much on Node's stream tells when it is empty again. */
const HIGH_WATER_BYTES = 16 * 1024

/** One write, as it was: what the wire is lent must not change. */
type Write = {
  readonly bytes: Uint8Array
  readonly copy: Uint8Array
  readonly done: (() => void) | undefined
}
/** What libuv has in its queue: one system call's worth. */
type Request = {
  readonly isDirect: boolean
  readonly writes: readonly Write[]
  at: number
  taken: number
}

/** What a wire needs of its world. */
export type TransportObserver = {
  broke(property: PropertyName, sentence: string): void
  /** Has something happen soon: in this turn of the event loop, or in a later one. */
  soon(act: () => void): void
  readonly tell: ((text: string) => void) | undefined
  /** Bytes were written, as the client will get them. */
  written(bytes: Uint8Array): void
  /** The server has given bytes to the kernel, or has ended: the client can go on. */
  readable(): void
  ended(how: 'end' | 'destroy' | 'reset'): void
  gone(): void
  /** Whether the direct writer takes this write. */
  writesDirectly(): boolean
}

/**
 * A wire as a socket of Node is one, its stream and its direct writer included: when it tells that it is drained, what it counts as
 * queued, when `done` is called. Its kernel takes as much as the client leaves room for.
 */
export class SimTransport implements Transport {
  readonly remoteAddress = '192.0.2.7'
  flushedBytes = 0
  listener: TransportHandler | undefined
  paused = false
  isEnded = false
  isDestroyed = false
  isGone = false
  /** The client's FIN has been told of. */
  isFinished = false
  corks = 0
  /** In the kernel, unread by the client. */
  kernelBytes = 0
  /** FIN is behind them. */
  hasFin = false
  readonly #owner: TransportObserver
  readonly #kernelBytesMax: number
  readonly #arrived: (Uint8Array | 'fin' | 'reset')[] = []
  #buffered: Write[] = []
  #bufferedBytes = 0
  #requests: Request[] = []
  #streamFlight: Request | undefined
  #flightBytes = 0
  #directBytes = 0
  #owesDrain = false
  #needsDrain = false
  #isShut = false
  #isReading = false
  #wasReset = false

  constructor(owner: TransportObserver, kernelBytesMax: number) {
    this.#owner = owner
    this.#kernelBytesMax = kernelBytesMax
  }

  // What the server does.

  get queuedBytes(): number {
    return this.#bufferedBytes + this.#flightBytes + this.#directBytes
  }

  write(bytes: Uint8Array, done?: () => void): void {
    const owner = this.#owner
    if (this.isGone)
      return owner.broke('closing', 'something is written after the connection is gone')
    if (this.isEnded && !this.isDestroyed)
      return owner.broke('closing', 'something is written behind the FIN')
    if (this.#wasReset) this.#lose()
    if (this.isDestroyed) {
      if (done !== undefined) owner.soon(done)
      return
    }
    this.#owner.tell?.(`server writes ${bytes.length} bytes`)
    this.#owner.written(bytes)
    const write: Write = { bytes, copy: new Uint8Array(bytes), done }
    const isStreamEmpty = this.#bufferedBytes + this.#flightBytes === 0
    if (done === undefined && isStreamEmpty && this.corks === 0 && this.#owner.writesDirectly()) {
      const request = { isDirect: true, writes: [write], at: 0, taken: 0 }
      this.#directBytes += bytes.length
      this.#owesDrain = this.#hand(request) ? this.#owesDrain : true
      return
    }
    this.#buffered.push(write)
    this.#bufferedBytes += bytes.length
    if (this.#bufferedBytes + this.#flightBytes >= HIGH_WATER_BYTES) this.#needsDrain = true
    this.#flush()
  }

  cork(): void {
    this.corks++
  }

  uncork(): void {
    if (this.corks === 0 && !this.isEnded && !this.isDestroyed)
      this.#owner.broke('closing', 'an uncork without its cork')
    this.corks = Math.max(0, this.corks - 1)
    this.#flush()
  }

  end(): void {
    if (this.isEnded || this.isDestroyed) return
    this.#owner.ended('end')
    this.isEnded = true
    this.corks = 0
    this.#flush()
    this.#shutIfDone()
  }

  destroy(): void {
    if (this.isDestroyed) return
    this.#owner.ended('destroy')
    this.#lose()
  }

  reset(): void {
    if (this.isDestroyed) return
    this.#owner.ended('reset')
    this.#lose()
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
    this.#read()
  }

  // What the network and the client do.

  arrive(what: Uint8Array | 'fin' | 'reset'): void {
    if (this.isDestroyed) return
    if (what === 'reset') {
      // Who does not read does not see it before the next write.
      this.#wasReset = true
      this.#arrived.length = 0
    }
    this.#arrived.push(what)
    this.#read()
  }

  /** The client takes so many bytes at most; how many it was. */
  take(bytes: number): number {
    const some = Math.min(bytes, this.kernelBytes)
    this.kernelBytes -= some
    for (let first = this.#requests[0]; first !== undefined; first = this.#requests[0]) {
      if (!this.#kernelTakes(first)) break
      this.#requests.shift()
      this.#completed(first)
      if (this.isDestroyed) break
    }
    this.#shutIfDone()
    return some
  }

  /** Bytes that were sent and not yet read by the server. */
  get unread(): boolean {
    return this.#arrived.length > 0
  }

  #read(): void {
    if (this.#isReading) return
    this.#isReading = true
    this.#owner.soon(() => {
      this.#isReading = false
      if (this.paused || this.isDestroyed) return
      const what = this.#arrived.shift()
      if (what === undefined) return
      if (what === 'reset') this.#lose()
      else if (what === 'fin') {
        this.isFinished = true
        this.#owner.tell?.('server sees the FIN of the client')
        this.listener!.onEnd()
        this.#goIfDone()
      } else this.#lend(what)
      if (this.#arrived.length > 0) this.#read()
    })
  }

  /** What came while nobody read is read at once. */
  #lend(first: Uint8Array): void {
    const from = this.flushedBytes % 7
    let to = from
    for (let some: Uint8Array | undefined = first; some !== undefined; ) {
      READ_BUFFER.set(some, to)
      to += some.length
      const next: Uint8Array | 'fin' | 'reset' | undefined = this.#arrived[0]
      some = next instanceof Uint8Array && to + next.length <= READ_BUFFER.length ? next : undefined
      if (some !== undefined) this.#arrived.shift()
    }
    this.#owner.tell?.(`server reads ${to - from} bytes`)
    this.received(to - from)
    this.listener!.onData(READ_BUFFER, from, to)
    READ_BUFFER.fill(SCRUB, from, to)
  }

  /** For the client: so many bytes are being read. */
  received: (bytes: number) => void = () => {}

  #flush(): void {
    if (this.corks > 0 || this.#streamFlight !== undefined || this.#buffered.length === 0) return
    if (this.isDestroyed) return
    const request: Request = { isDirect: false, writes: this.#buffered, at: 0, taken: 0 }
    this.#flightBytes = this.#bufferedBytes
    this.#buffered = []
    this.#bufferedBytes = 0
    this.#streamFlight = request
    this.#hand(request)
  }

  /** To the kernel. False: some of it waits. */
  #hand(request: Request): boolean {
    if (this.#requests.length === 0 && this.#kernelTakes(request)) {
      // All at once: a direct write has nobody to tell.
      if (request.isDirect) this.#directBytes -= request.writes[0]!.bytes.length
      else this.#streamDone(request, queueMicrotask)
      return true
    }
    this.#requests.push(request)
    return false
  }

  /** Whether all of it is taken by now. */
  #kernelTakes(request: Request): boolean {
    while (request.at < request.writes.length) {
      const { bytes, copy } = request.writes[request.at]!
      const size = Math.min(bytes.length - request.taken, this.#kernelBytesMax - this.kernelBytes)
      if (size > 0) {
        const end = request.taken + size
        if (
          Buffer.compare(bytes.subarray(request.taken, end), copy.subarray(request.taken, end)) !==
          0
        )
          this.#owner.broke('lent', 'bytes have changed before the wire has taken them')
        this.kernelBytes += size
        this.flushedBytes += size
        request.taken = end
        this.#owner.readable()
      }
      if (request.taken < bytes.length) return false
      request.at++
      request.taken = 0
    }
    return true
  }

  #completed(request: Request): void {
    if (request.isDirect) {
      this.#directBytes -= request.writes[0]!.bytes.length
      this.#tellDrained()
    } else this.#streamDone(request, act => act())
  }

  #streamDone({ writes }: Request, later: (act: () => void) => void): void {
    this.#streamFlight = undefined
    this.#flightBytes = 0
    this.#flush()
    later(() => {
      if (this.#needsDrain && !this.isEnded && this.#bufferedBytes + this.#flightBytes === 0) {
        this.#needsDrain = false
        if (!this.isDestroyed) this.listener!.onDrain()
      }
      for (const { done } of writes) done?.()
      this.#tellDrained()
    })
  }

  #tellDrained(): void {
    if (!this.#owesDrain || this.queuedBytes > 0 || this.isDestroyed) return
    this.#owesDrain = false
    this.listener!.onDrain()
  }

  #shutIfDone(): void {
    if (!this.isEnded || this.#isShut || this.isDestroyed || this.queuedBytes > 0) return
    this.#isShut = true
    this.#owner.soon(() => {
      if (this.isDestroyed) return
      this.hasFin = true
      this.#owner.tell?.('server has sent all, and its FIN')
      this.#owner.readable()
      this.listener!.onDrain()
      this.#goIfDone()
    })
  }

  #goIfDone(): void {
    if (this.hasFin && this.isFinished && !this.isDestroyed) this.#lose()
  }

  #lose(): void {
    if (this.isDestroyed) return
    this.isDestroyed = true
    const lost = [
      ...this.#requests.flatMap(({ writes, at }) => writes.slice(at)),
      ...this.#buffered,
    ]
    this.#requests = []
    this.#buffered = []
    this.#bufferedBytes = 0
    this.#flightBytes = 0
    this.#directBytes = 0
    this.#owner.readable()
    for (const { done } of lost) if (done !== undefined) this.#owner.soon(done)
    this.#owner.soon(() => {
      this.isGone = true
      this.#owner.tell?.('the connection is gone')
      this.listener!.onClose()
      this.#owner.gone()
    })
  }
}
