import type { StreamBinding, StreamHandle, WriteRequest } from './stream-binding.ts'

/*
 * Writes to a handle past the stream machinery: no request object is made when the kernel accepts
 * all bytes at once, which is nearly always. For 1 KiB responses that saves 0.5 of 2.5 µs in user
 * space on 64 connections, and a third of all time on 2000.
 */

type QueuedWrite = WriteRequest & {
  /** What libuv reads from: it must live until the write is complete. */
  bytes: Uint8Array | readonly Uint8Array[]
  length: number
  observer: WriteObserver
  done: (() => void) | undefined
}

/** Learns what became of queued bytes. */
export interface WriteObserver {
  /**
   * The kernel has accepted this many queued bytes, or they are lost. `done` is what the write was
   * given.
   */
  onWritten(bytes: number, isLost: boolean, done: (() => void) | undefined): void
}

/**
 * 'written' to the kernel, 'queued' until the observer is called, or 'refused', with nothing
 * written.
 */
export type WriteResult = 'written' | 'queued' | 'refused'

export class DirectWriter {
  readonly #binding: StreamBinding
  /** Reused: only a write that is queued needs a request of its own. */
  #spare: QueuedWrite

  constructor(binding: StreamBinding) {
    this.#binding = binding
    this.#spare = this.#newRequest()
  }

  /**
   * Writes behind whatever the handle has queued. The bytes must not change while they are queued.
   */
  write(
    handle: StreamHandle,
    bytes: Uint8Array,
    observer: WriteObserver,
    done?: () => void,
  ): WriteResult {
    const status = handle.writeBuffer(this.#spare, bytes)
    if (status === 0 && this.#isWritten) return 'written'
    // ZERO-COPY: libuv has the bytes; the request keeps them alive.
    return this.#finish(status, bytes, bytes.length, observer, done)
  }

  /** Writes all chunks in one call; the array must not change either. `length` is that of all. */
  writeAll(
    handle: StreamHandle,
    chunks: readonly Uint8Array[],
    length: number,
    observer: WriteObserver,
    done?: () => void,
  ): WriteResult {
    const status = handle.writev(this.#spare, chunks, true)
    if (status === 0 && this.#isWritten) return 'written'
    return this.#finish(status, chunks, length, observer, done)
  }

  get #isWritten(): boolean {
    const { streamBaseState, kLastWriteWasAsync } = this.#binding
    return streamBaseState[kLastWriteWasAsync] === 0
  }

  #finish(
    status: number,
    bytes: QueuedWrite['bytes'],
    length: number,
    observer: WriteObserver,
    done: (() => void) | undefined,
  ): WriteResult {
    const request = this.#spare
    this.#spare = this.#newRequest()
    if (status !== 0) return 'refused'
    request.bytes = bytes
    request.length = length
    request.observer = observer
    request.done = done
    return 'queued'
  }

  #newRequest(): QueuedWrite {
    const request = new this.#binding.WriteWrap() as QueuedWrite
    request.oncomplete = onComplete
    return request
  }
}

function onComplete(this: QueuedWrite, status: number): void {
  this.observer.onWritten(this.length, status < 0, this.done)
}
