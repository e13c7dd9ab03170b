/** Descriptors beside connections and files: some 22 of Node itself, listeners, open folders. */
const RESERVED = 32
/** Connections over the limit that get a 503 at the same time; the server drops others. */
export const REJECTED_MAX = 32
/** At most this many descriptors are reserved for files. */
const FILES_ONLY_MAX = 64

/**
 * How a process divides its file descriptors. Some are reserved for rejecting connections: the
 * server needs a descriptor to accept a connection before it can respond with 503.
 */
export type FdBudget = {
  /** For connections and files together. */
  readonly all: number
  /** Default of `connectionsMax`; the rest of `all` is for files only. */
  readonly connections: number
  /** For connections that are being rejected, in addition to `all`. */
  readonly rejected: number
}

/** Divides the soft limit of open files; each part is at least 1, however low the limit. */
export function fdBudget(softLimit: number): FdBudget {
  const rejected = Math.max(1, Math.min(REJECTED_MAX, Math.floor(softLimit / 8)))
  const all = Math.max(2, softLimit - RESERVED - rejected)
  const connections = Math.max(1, all - Math.min(FILES_ONLY_MAX, Math.ceil(all / 4)))
  return { all, connections, rejected }
}
