/** A handle of libuv's that Node has made for a TCP connection or a UNIX socket. */
export interface StreamHandle {
  readonly bytesWritten: number
  readonly writeQueueSize: number
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number
  writev(request: WriteRequest, chunks: readonly Uint8Array[], allAreBuffers: true): number
}

/** What a handle calls when it has completed a write that it could not complete at once. */
export interface WriteRequest {
  oncomplete: (this: this, status: number) => void
}

/** What a handle calls when it has sent FIN. */
export interface ShutdownRequest {
  oncomplete: (this: this, status: number) => void
}

/**
 * The part of Node's binding to libuv's streams that this folder needs. It is undocumented, but
 * present on Node 20, 24 and 26.
 */
export type StreamBinding = {
  readonly WriteWrap: new () => object
  readonly ShutdownWrap: new () => object
  /** What the last call of a handle, or of its `onread`, was about. */
  readonly streamBaseState: Int32Array
  readonly kReadBytesOrError: number
  readonly kLastWriteWasAsync: number
}

/** Returns undefined where this runtime has no such binding, or forbids it. */
export function streamBinding(): StreamBinding | undefined {
  const { binding, throwDeprecation } = process as unknown as {
    binding?: (name: string) => Partial<StreamBinding>
    throwDeprecation?: boolean
  }
  // With --pending-deprecation, the call would end the process, and later than it could be caught.
  if (throwDeprecation === true) return undefined
  try {
    const stream = binding?.call(process, 'stream_wrap')
    return stream?.WriteWrap === undefined ? undefined : (stream as StreamBinding)
  } catch {
    return undefined
  }
}
