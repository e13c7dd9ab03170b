import type { PropertyName } from './properties.ts'

/** One write of the server. */
export type Write = {
  readonly bytes: Uint8Array
  /** Made when the server writes: the bytes must not change before the kernel accepts them. */
  readonly copy: Uint8Array
  readonly done: (() => void) | undefined
}

/** The writes of one system call. */
export type WriteRequest = {
  /** Whether the direct writer made it, and not the stream. */
  readonly isDirect: boolean
  readonly writes: readonly Write[]
  /** The first write that is not accepted whole, and how many of its bytes are. */
  at: number
  acceptedBytes: number
}

export type KernelObserver = {
  reportViolation(property: PropertyName, message: string): void
  /** The client can read bytes, or the FIN, or the connection is lost. */
  onReadable(): void
}

/**
 * The kernel's buffers between server and client, and libuv's queue of the writes that do not fit
 * into them.
 */
export class SimKernel {
  /** Bytes that the client has not read. */
  bufferedBytes = 0
  /** Bytes that were accepted from the server. */
  flushedBytes = 0
  readonly #capacityBytes: number
  readonly #observer: KernelObserver
  #queue: WriteRequest[] = []

  constructor(capacityBytes: number, observer: KernelObserver) {
    this.#capacityBytes = capacityBytes
    this.#observer = observer
  }

  /** Accepts what there is room for and queues the rest. @returns whether all was accepted */
  write(request: WriteRequest): boolean {
    if (this.#queue.length === 0 && this.#accept(request)) return true
    this.#queue.push(request)
    return false
  }

  /**
   * The client reads at most `bytesMax` bytes, which makes room. Calls `onComplete` for each queued
   * request that is accepted whole by now.
   *
   * @returns how many bytes the client read
   */
  read(bytesMax: number, onComplete: (request: WriteRequest) => void): number {
    const bytes = Math.min(bytesMax, this.bufferedBytes)
    this.bufferedBytes -= bytes
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      if (!this.#accept(first)) break
      this.#queue.shift()
      onComplete(first)
    }
    return bytes
  }

  /**
   * Empties the queue. @returns the writes of its requests, also those that were accepted: as with
   * libuv, a request is over only as a whole
   */
  discardQueue(): Write[] {
    const writes = this.#queue.flatMap(({ writes }) => writes)
    this.#queue = []
    return writes
  }

  #accept(request: WriteRequest): boolean {
    while (request.at < request.writes.length) {
      const { bytes, copy } = request.writes[request.at]!
      const from = request.acceptedBytes
      const size = Math.min(bytes.length - from, this.#capacityBytes - this.bufferedBytes)
      if (size > 0) {
        const to = from + size
        if (Buffer.compare(bytes.subarray(from, to), copy.subarray(from, to)) !== 0)
          this.#observer.reportViolation(
            'borrowed-bytes',
            'bytes changed before the transport had flushed them',
          )
        this.bufferedBytes += size
        this.flushedBytes += size
        request.acceptedBytes = to
        this.#observer.onReadable()
      }
      if (request.acceptedBytes < bytes.length) return false
      request.at++
      request.acceptedBytes = 0
    }
    return true
  }
}
