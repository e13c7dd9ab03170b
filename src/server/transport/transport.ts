/** A connection's way to the network. Node's sockets and the simulator implement it. */
export interface Transport {
  /** The client's address: the peer's, or the one that a PROXY header has given. */
  readonly remoteAddress: string
  /** Bytes that were written and that the kernel has not accepted yet. */
  readonly queuedBytes: number
  /** Bytes that the kernel has accepted; only grows. */
  readonly flushedBytes: number
  /**
   * Queues bytes. They must not change until `done`, which is called once, also if the connection
   * is lost, and may be called before this returns.
   */
  write(bytes: Uint8Array, done?: () => void): void
  /** Between cork and uncork, writes are gathered into one. */
  cork(): void
  uncork(): void
  /** Sends FIN behind everything that is queued. */
  end(): void
  destroy(): void
  /** Sends RST, so that the client cannot mistake the bytes it has for a whole response. */
  reset(): void
  pause(): void
  resume(): void
}

/** A transport whose client address and handler may still change: after a PROXY header. */
export interface AcceptedTransport extends Transport {
  remoteAddress: string
  setHandler(handler: TransportHandler): void
}

/** Receives the events of a transport. */
export interface TransportHandler {
  /** Bytes have arrived. They are borrowed: they change after this call has returned. */
  onData(bytes: Uint8Array, from: number, to: number): void
  /** The client has sent FIN. */
  onEnd(): void
  /**
   * A queue that the kernel did not accept at once is empty; after `end()`, FIN has been sent too.
   */
  onDrain(): void
  /** The connection is closed in both directions. Called once, last. */
  onClose(): void
}
